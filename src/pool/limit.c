/* Invariant: it is running, paused or cancelled: left_ns is 0 unless it is paused. */
#include "pool/limit.h"

#include "base/clock.h"

void
limit_start(struct limit *x, struct loop *l, int64_t ns)
{
	x->left_ns = 0;
	loop_arm(l, &x->timer, clock_mono_ns() + ns);
}

void
limit_start_paused(struct limit *x, int64_t ns)
{
	x->left_ns = ns;
}

void
limit_pause(struct limit *x, struct loop *l)
{
	if (!x->timer.armed)
		return;
	x->left_ns = x->timer.at_mono_ns - clock_mono_ns();
	/* One that is due passes as soon as it goes on. */
	if (x->left_ns <= 0)
		x->left_ns = 1;
	loop_disarm(l, &x->timer);
}

void
limit_resume(struct limit *x, struct loop *l)
{
	if (x->left_ns != 0)
		loop_arm(l, &x->timer, clock_mono_ns() + x->left_ns);
	x->left_ns = 0;
}

void
limit_shift(struct limit *x, struct loop *l, int64_t by_ns)
{
	if (x->timer.armed)
		loop_arm(l, &x->timer, x->timer.at_mono_ns + by_ns);
}

void
limit_cancel(struct limit *x, struct loop *l)
{
	loop_disarm(l, &x->timer);
	x->left_ns = 0;
}
