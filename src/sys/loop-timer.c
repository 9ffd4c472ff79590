/* Invariant: a timer is in the tree exactly when it is armed. */
#include "sys/loop-private.h"

#include <limits.h>

#include "base/clock.h"

static int
timer_compare(struct timer *a, struct timer *b)
{
	if (a->at_mono_ns != b->at_mono_ns)
		return a->at_mono_ns < b->at_mono_ns ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* RB_GENERATE_STATIC of some libbsd versions requires a macro __unused that only BSD has. */
RB_GENERATE_INTERNAL(timer_tree, timer, entry, timer_compare, __attribute__((unused)) static)

void
timers_arm(struct timer_tree *tree, struct timer *t, int64_t at_mono_ns)
{
	timers_disarm(tree, t);
	t->at_mono_ns = at_mono_ns;
	t->armed = true;
	RB_INSERT(timer_tree, tree, t);
}

void
timers_disarm(struct timer_tree *tree, struct timer *t)
{
	if (!t->armed)
		return;
	RB_REMOVE(timer_tree, tree, t);
	t->armed = false;
}

int
timers_wait_ms(const struct timer_tree *tree)
{
	struct timer *first = RB_MIN(timer_tree, (struct timer_tree *)(uintptr_t)tree);
	int64_t wait_ns;

	if (first == NULL)
		return -1;
	wait_ns = first->at_mono_ns - clock_mono_ns();
	if (wait_ns <= 0)
		return 0;
	/* Rounded up: a loop that wakes too early would spin until the timer is due. */
	wait_ns = (wait_ns + NS_PER_MS - 1) / NS_PER_MS;
	return wait_ns > INT_MAX ? INT_MAX : (int)wait_ns;
}

void
timers_run(struct timer_tree *tree)
{
	struct timer *t = RB_MIN(timer_tree, tree);
	int64_t now;

	if (t == NULL)
		return;
	now = clock_mono_ns();
	while ((t = RB_MIN(timer_tree, tree)) != NULL && t->at_mono_ns <= now) {
		timers_disarm(tree, t);
		if (t->fn != NULL)
			t->fn(t->arg);
	}
}
