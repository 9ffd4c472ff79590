/* halt: --halt WHEN[,WHY=N[%]], GNU parallel's syntax (parallel(1), 20221122). */
#ifndef QPOOL_HALT_H
#define QPOOL_HALT_H

#include <stdbool.h>
#include <stdint.h>

enum halt_when { HALT_NEVER, HALT_SOON, HALT_NOW };

struct halt {
	enum halt_when when;
	enum { HALT_FAIL, HALT_SUCCESS, HALT_DONE } why;
	uint64_t count;   /* 0: percent counts */
	unsigned percent; /* of the tasks known when the input has ended, and not before */
};

/* Parses "never", "now,fail=1", "soon,fail=20%", "now,success=1", "soon,done=3" and parallel's old 0, 1, 2.
 * Returns NULL, or what is wrong (static text). */
const char *halt_parse(struct halt *h, const char *text);
/*
 * What the counts of finished tasks mean: HALT_NEVER to go on. `total` is the number of tasks, 0
 * while the input has not ended.
 */
enum halt_when halt_decide(const struct halt *h, uint64_t ok, uint64_t failed, uint64_t total);

#endif
