/* pace: how many tasks of a queue to claim at once, by how long jobs take. */
#ifndef QPOOL_PACE_H
#define QPOOL_PACE_H

#include <stddef.h>
#include <stdint.h>

struct demand;

struct pace {
	int64_t mean_ns; /* mean wall time of a job; the last jobs count most; 0: unknown */
};

enum { PACE_MOST = 256 }; /* tasks at once */

/* A job took that long. */
void pace_learn(struct pace *p, int64_t wall_ns);
/*
 * How many tasks to claim, at most PACE_MOST: one for each free slot, and those that the slots will run within 20 ms.
 * With tokens nobody knows how many will run: one.
 */
size_t pace_wanted(const struct pace *p, const struct demand *d);

#endif
