/* turns: when a pool stands back from the jobserver so that others get a token, and for how long. */
#include "jobserver/turns.h"

#include "base/clock.h"
#include "tap.h"

static void
test_stands_back(void)
{
	struct turns t = { 0 };
	int64_t now = 1000 * NS_PER_MS, wait;

	tap_ok(turns_may_ask(&t, now, &wait), "the first token is asked for at once");
	turns_asked(&t, true, now);
	tap_ok(!turns_over(&t, now + (TURN_MS - 1) * NS_PER_MS), "a turn is not over before its time");
	turns_asked(&t, true, now + 20 * NS_PER_MS);
	tap_ok(turns_over(&t, now + TURN_MS * NS_PER_MS), "nor later, when each token asked for was there");
	turns_stand_back(&t, now + 60 * NS_PER_MS, NS_PER_MS);
	tap_ok(!turns_may_ask(&t, now + 60 * NS_PER_MS, &wait) && wait == NS_PER_MS,
	    "then the pause, which says how long it is");
	tap_ok(turns_may_ask(&t, now + 60 * NS_PER_MS + NS_PER_MS, &wait), "and after it tokens are asked for again");
	tap_ok(!turns_over(&t, now + 200 * NS_PER_MS), "a new turn begins with the next token, not before");
}

static void
test_refused(void)
{
	struct turns t = { 0 };

	turns_asked(&t, true, 1000 * NS_PER_MS);
	turns_asked(&t, false, 1040 * NS_PER_MS);
	turns_asked(&t, true, 1045 * NS_PER_MS);
	tap_ok(!turns_over(&t, (1000 + TURN_MS) * NS_PER_MS),
	    "who found none has let others have theirs: the turn begins anew");
	tap_ok(turns_over(&t, (1045 + TURN_MS) * NS_PER_MS), "and ends as long after the next token");
}

int
main(void)
{
	test_stands_back();
	test_refused();
	return tap_done();
}
