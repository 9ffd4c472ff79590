/*
 * halting: counts tasks for --halt, and decides when the run stops and with which exit status.
 *
 * A task is counted when its last process is reaped, before its slot can run another job. Its output may be complete
 * only later, because other processes that it started can keep its pipes open.
 */
#ifndef QPOOL_HALTING_H
#define QPOOL_HALTING_H

#include <stdbool.h>
#include <stdint.h>

#include "job/halt.h"

struct job;

/* Whether a task was counted, and as which result. */
enum halt_counted { HALT_NOT_COUNTED, HALT_COUNTED_OK, HALT_COUNTED_FAILED };

struct halting {
	const struct halt *rule; /* borrowed */
	uint64_t ok, failed;     /* tasks counted so far */
};

/*
 * Counts a task whose last attempt was the job `j`. The caller may count a task again with the same `counted`, because
 * a job whose output is lost after its end becomes a failed job.
 */
void halting_count(struct halting *h, const struct job *j, enum halt_counted *counted);
/* Removes the task from the count, because it gets another attempt after all. */
void halting_forget(struct halting *h, enum halt_counted *counted);
/* Decides whether to stop the run. `total` is the number of all tasks, or 0 while the input has not ended. */
enum halt_when halting_decide(const struct halting *h, uint64_t total);
/*
 * Returns the exit status of a run that stops now. `j` is the job that was counted last; NULL: the run stops because
 * the input has ended. Returns -1 for the highest status of all jobs, as without --halt, so that a successful job hides
 * no failure.
 */
int halting_status(const struct halting *h, const struct job *j);

#endif
