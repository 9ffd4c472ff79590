/* halt: the rule of --halt WHEN[,WHY=N[%]], in the syntax of GNU parallel (parallel(1), 20221122). */
#ifndef QPOOL_HALT_H
#define QPOOL_HALT_H

#include <stdbool.h>
#include <stdint.h>

enum halt_when {
	HALT_NEVER,
	HALT_SOON, /* start no more jobs */
	HALT_NOW,  /* start no more jobs, and kill the running ones */
};

struct halt {
	enum halt_when when;
	enum { HALT_FAIL, HALT_SUCCESS, HALT_DONE } why; /* which tasks are counted; HALT_DONE: all finished tasks */
	uint64_t count;                                  /* number of such tasks; 0: `percent` applies */
	unsigned percent; /* percentage of all tasks; has no effect before the end of the input */
};

/*
 * Parses "never", "now,fail=1", "soon,fail=20%", "now,success=1", "soon,done=3", and the numbers 0, 1 and 2 that older
 * versions of parallel use. Returns NULL on success. Otherwise returns a static string that describes what is wrong
 * with `text`.
 */
const char *halt_parse(struct halt *h, const char *text);
/*
 * Decides whether to stop, from the numbers of tasks that have succeeded (`ok`) and `failed`. Returns HALT_NEVER to
 * continue. `total` is the number of all tasks, or 0 while the input has not ended.
 */
enum halt_when halt_decide(const struct halt *h, uint64_t ok, uint64_t failed, uint64_t total);

#endif
