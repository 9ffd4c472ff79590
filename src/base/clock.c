/* Invariant: every other file reads the time through this one. */
#include "base/clock.h"

#include <time.h>

static int64_t
read_ns(clockid_t id)
{
	struct timespec t;

	/* Cannot fail: both clocks exist on every system that this builds on. */
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t
clock_wall_us(void)
{
	return read_ns(CLOCK_REALTIME) / NS_PER_US;
}

int64_t
clock_ns(double seconds)
{
	const double most_s = 2e9;

	return (int64_t)((seconds < most_s ? seconds : most_s) * (double)NS_PER_S);
}
