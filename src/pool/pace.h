/* pace: decides how many tasks of a queue to claim at once, from the time that jobs take. */
#ifndef QPOOL_PACE_H
#define QPOOL_PACE_H

#include <stddef.h>
#include <stdint.h>

struct demand;

struct pace {
	int64_t mean_ns; /* mean wall time of a job; the last jobs count most; 0: unknown */
};

enum { PACE_MOST = 256 }; /* tasks at once */

/* Reports the wall time of a job. */
void pace_learn(struct pace *p, int64_t wall_ns);
/*
 * Returns the number of tasks to claim, at most PACE_MOST: one for each free slot, and as many more as the slots will
 * run within 20 ms. If a jobserver limits the jobs, returns 1, because the number of jobs that can run is unknown.
 */
size_t pace_wanted(const struct pace *p, const struct demand *d);

#endif
