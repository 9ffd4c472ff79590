/* turns: when, and for how long, a pool stops requesting tokens so that others get some. */
#include "jobserver/turns.h"

#include "base/clock.h"
#include "tap.h"

static void
test_pauses(void)
{
	struct turns t = { 0 };
	int64_t now = 1000 * NS_PER_MS, wait;

	tap_ok(turns_may_ask(&t, now, &wait), "turns: the first token may be requested at once");
	turns_asked(&t, true, now);
	tap_ok(!turns_has_ended(&t, now + (TURN_MS - 1) * NS_PER_MS), "turns: a turn does not end before its time");
	turns_asked(&t, true, now + 20 * NS_PER_MS);
	tap_ok(turns_has_ended(&t, now + TURN_MS * NS_PER_MS),
	    "turns: it ends after its time if every request got a token");
	turns_pause(&t, now + 60 * NS_PER_MS, NS_PER_MS);
	tap_ok(!turns_may_ask(&t, now + 60 * NS_PER_MS, &wait) && wait == NS_PER_MS,
	    "turns: then a pause follows, and its length is returned");
	tap_ok(turns_may_ask(&t, now + 60 * NS_PER_MS + NS_PER_MS, &wait),
	    "turns: after the pause tokens may be requested again");
	tap_ok(!turns_has_ended(&t, now + 200 * NS_PER_MS), "turns: a new turn begins with the next token");
}

static void
test_refused(void)
{
	struct turns t = { 0 };

	turns_asked(&t, true, 1000 * NS_PER_MS);
	turns_asked(&t, false, 1040 * NS_PER_MS);
	turns_asked(&t, true, 1045 * NS_PER_MS);
	tap_ok(!turns_has_ended(&t, (1000 + TURN_MS) * NS_PER_MS),
	    "turns: a request without a token restarts the turn, because others got theirs");
	tap_ok(turns_has_ended(&t, (1045 + TURN_MS) * NS_PER_MS),
	    "turns: the restarted turn ends its full time after the next token");
}

int
main(void)
{
	test_pauses();
	test_refused();
	return tap_done();
}
