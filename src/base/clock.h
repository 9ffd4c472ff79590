/* clock: the two clocks of the program. Every name contains the clock and the unit. */
#ifndef QPOOL_CLOCK_H
#define QPOOL_CLOCK_H

#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)
#define US_PER_S INT64_C(1000000)

/* Returns CLOCK_MONOTONIC in nanoseconds, for durations and deadlines. */
int64_t clock_mono_ns(void);
/* Returns CLOCK_REALTIME in microseconds since the epoch, for records only: this clock jumps when it is set. */
int64_t clock_wall_us(void);
/*
 * Converts seconds to nanoseconds. Values above 2e9 s (63 years) count as 2e9 s, so that the sum of two results does
 * not overflow.
 */
int64_t clock_ns(double seconds);

#endif
