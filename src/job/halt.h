/* halt: the rule of --halt WHEN[,WHY=N[%]], in the syntax of GNU parallel (parallel(1), 20221122). */
#ifndef QPOOL_HALT_H
#define QPOOL_HALT_H

#include <stdbool.h>
#include <stdint.h>

enum halt_when {
	HALT_NEVER,
	HALT_SOON, /* start no more jobs */
	HALT_NOW,  /* and kill those that run */
};

struct halt {
	enum halt_when when;
	enum { HALT_FAIL, HALT_SUCCESS, HALT_DONE } why; /* which jobs are counted; HALT_DONE: all that have finished */
	uint64_t count;                                  /* of such jobs; 0: `percent` applies */
	unsigned percent;                                /* of all tasks; has no effect before the end of the input */
};

/*
 * Parses "never", "now,fail=1", "soon,fail=20%", "now,success=1", "soon,done=3", and the numbers 0, 1 and 2 that older
 * versions of parallel use. Returns NULL, or what is wrong with `text` in static memory.
 */
const char *halt_parse(struct halt *h, const char *text);
/*
 * Decides from the number of tasks that have succeeded (`ok`) and `failed` whether to stop; HALT_NEVER: go on.
 * `total` is the number of all tasks, 0 while the input has not ended.
 */
enum halt_when halt_decide(const struct halt *h, uint64_t ok, uint64_t failed, uint64_t total);

#endif
