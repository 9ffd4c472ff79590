/*
 * halting: counts tasks for --halt, and decides when the run stops and with which exit status.
 *
 * A task is counted when its last process is reaped, before its slot can run another job. Its output may be read only
 * later, since processes that it left behind can keep its pipes open.
 */
#ifndef QPOOL_HALTING_H
#define QPOOL_HALTING_H

#include <stdbool.h>
#include <stdint.h>

#include "job/halt.h"

struct job;

/* Whether and as what a task has been counted. */
enum halt_counted { HALT_NOT_COUNTED, HALT_COUNTED_OK, HALT_COUNTED_FAILED };

struct halting {
	const struct halt *rule; /* borrowed */
	uint64_t ok, failed;     /* tasks counted so far */
};

/*
 * Counts the task of the job, whose last attempt has ended. May be called again for the same task with the same
 * `counted`: a job whose output is lost after its end becomes a failed one.
 */
void halting_count(struct halting *h, const struct job *j, enum halt_counted *counted);
/* Undoes that: the task is tried again after all. */
void halting_forget(struct halting *h, enum halt_counted *counted);
/* Decides whether to stop. `total`: the number of all tasks; 0 while the input has not ended. */
enum halt_when halting_decide(const struct halting *h, uint64_t total);
/*
 * The exit status of a run that stops now. `j` is the job that was counted last; NULL: the run stops because the
 * input has ended. -1: the highest status of all jobs, as without --halt, so that no failure is hidden by a job that
 * succeeds.
 */
int halting_status(const struct halting *h, const struct job *j);

#endif
