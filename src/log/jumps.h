/* jumps: finds where the system clock was set during a run, and moves the starts so that they fit the durations. */
#ifndef QPOOL_LOG_JUMPS_H
#define QPOOL_LOG_JUMPS_H

#include <stddef.h>
#include <stdint.h>

#include "log/log-job.h"

struct log_jumps {
	uint64_t count;
	int64_t largest_us; /* the least that the clock must have been set, forward if positive; of the largest jump */
};

/*
 * Changes the start_us of jobs that are in the order of their ends, as qpool records them. Only jobs with a slot and a
 * place in the input are looked at. Adds to *jumps.
 *
 * A record has its start by the system clock, and its duration by a clock that nobody sets. Jobs end in the order of
 * their records, so one that seems to have ended much before the previous one shows a jump. If it also seems to have
 * started before the previous job of its slot ended, the clock was set back before it started, and it and what follows
 * is moved forward. If it was taken from the input before that other job, the clock was set forward while it ran, and
 * the jobs that started later are moved back. A jump during which no job was running looks like a pause.
 */
void log_jumps_mend(struct log_jumps *jumps, struct log_job *jobs, size_t count);

#endif
