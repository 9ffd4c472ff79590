/*
 * jumps: finds where the system clock was set during a run, and moves the start times so that they fit the durations.
 */
#ifndef QPOOL_LOG_JUMPS_H
#define QPOOL_LOG_JUMPS_H

#include <stddef.h>
#include <stdint.h>

#include "log/log-job.h"

struct log_jumps {
	uint64_t count;
	int64_t largest_us; /* largest jump: the least change of the clock that explains it; positive: forward */
};

/*
 * Corrects the start_us of jobs. The jobs must be in the order in which they ended, as qpool records them. Jobs without
 * a slot or without a sequence number are ignored. Adds the jumps that it finds to *jumps.
 *
 * In a record, the start time comes from the system clock, and the duration from a clock that cannot be set. Jobs end
 * in the order of their records, so a job that seems to have ended long before the previous record's job shows a jump.
 * If the job also seems to have started before the previous job of its slot ended, the clock was set back before the
 * job started; this job and all later ones are moved forward. If the job precedes the previous record's job in the
 * input, the clock was set forward while the job ran; the jobs that started later are moved back. A jump while no job
 * was running looks like a pause.
 */
void log_jumps_mend(struct log_jumps *jumps, struct log_job *jobs, size_t count);

#endif
