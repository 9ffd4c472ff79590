/* clock: the two clocks, with the unit in every name. */
#ifndef QPOOL_CLOCK_H
#define QPOOL_CLOCK_H

#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)
#define US_PER_S INT64_C(1000000)

/* CLOCK_MONOTONIC in nanoseconds: for durations and deadlines. */
int64_t clock_mono_ns(void);
/* CLOCK_REALTIME in microseconds since the epoch: for records only. */
int64_t clock_wall_us(void);
/* The nanoseconds of a number of seconds; a number too large is cut to about 292 years / 4. */
int64_t clock_ns(double seconds);

#endif
