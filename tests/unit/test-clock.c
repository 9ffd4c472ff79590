/* clock: the clocks run forward in their units, and seconds convert without overflow. */
#include "base/clock.h"

#include <time.h>

#include "tap.h"

static void
test_clocks(void)
{
	time_t before = time(NULL);
	int64_t first = clock_mono_ns(), wall = clock_wall_us(), second = clock_mono_ns();
	time_t after = time(NULL);

	tap_ok(first > 0 && second >= first, "clock: the monotonic clock does not run backwards");
	tap_ok(wall / US_PER_S >= before - 1 && wall / US_PER_S <= after + 1,
	    "clock: the wall clock counts microseconds since the epoch");
}

static void
test_convert(void)
{
	tap_ok(clock_ns(0) == 0, "clock: 0 seconds");
	tap_ok(clock_ns(1.5) == 3 * NS_PER_S / 2, "clock: a fraction of seconds");
	tap_ok(clock_ns(2e9) == INT64_C(2000000000) * NS_PER_S, "clock: the longest time");
	tap_ok(clock_ns(1e300) == clock_ns(2e9) && clock_ns(1e300) < INT64_MAX / 4,
	    "clock: a longer time counts as the longest, and four of them can be added");
	tap_ok(NS_PER_S == 1000 * NS_PER_MS && NS_PER_MS == 1000 * NS_PER_US && US_PER_S * NS_PER_US == NS_PER_S,
	    "clock: the units agree");
}

int
main(void)
{
	test_clocks();
	test_convert();
	return tap_done();
}
