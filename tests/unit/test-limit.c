/* limit: a timer that can be paused. */
#include "pool/limit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "tap.h"
#include "turn.h"

static unsigned passed;

static void
on_passed(void *arg)
{
	(void)arg;
	passed++;
}

static bool
is_paused_for(const struct limit *x, int64_t most_s)
{
	return !x->timer.armed && x->left_ns > (most_s - 10) * NS_PER_S && x->left_ns <= most_s * NS_PER_S;
}

int
main(void)
{
	struct limit x = { .timer.fn = on_passed };
	struct loop *l = loop_new();

	if (!tap_ok(l != NULL, "limit: a loop can be created"))
		return tap_done();
	limit_start(&x, l, 0);
	turn(l);
	tap_ok(passed == 1 && !x.timer.armed, "limit: it passes");
	limit_start(&x, l, 100 * NS_PER_S);
	limit_pause(&x, l);
	tap_ok(is_paused_for(&x, 100), "limit: pausing keeps the time that is left");
	limit_pause(&x, l);
	tap_ok(is_paused_for(&x, 100), "limit: pausing twice changes nothing");
	limit_shift(&x, l, NS_PER_S);
	tap_ok(is_paused_for(&x, 100), "limit: shifting changes nothing while it is paused");
	limit_resume(&x, l);
	tap_ok(x.timer.armed && x.left_ns == 0, "limit: resuming starts it again");
	limit_shift(&x, l, 100 * NS_PER_S);
	limit_pause(&x, l);
	tap_ok(is_paused_for(&x, 200), "limit: shifting adds to the time that is left");
	limit_cancel(&x, l);
	limit_resume(&x, l);
	tap_ok(!x.timer.armed, "limit: after cancelling, resuming starts nothing");
	limit_start(&x, l, -NS_PER_S);
	limit_pause(&x, l);
	turn(l);
	tap_ok(passed == 1, "limit: it does not pass while it is paused");
	limit_resume(&x, l);
	while (passed == 1)
		turn(l);
	tap_ok(passed == 2, "limit: a limit that was due when it was paused passes once it is resumed");
	limit_start_paused(&x, 50 * NS_PER_S);
	tap_ok(is_paused_for(&x, 50), "limit: it can be started paused");
	loop_free(l);
	return tap_done();
}
