/* Invariant: at most one pause begins in TURN_MS. */
#include "jobserver/turns.h"

#include "base/clock.h"

bool
turns_may_ask(const struct turns *t, int64_t now_mono_ns, int64_t *wait_ns)
{
	*wait_ns = t->not_before_mono_ns - now_mono_ns;
	return *wait_ns <= 0;
}

void
turns_asked(struct turns *t, bool got, int64_t now_mono_ns)
{
	/* All tokens were taken: others have had theirs. */
	if (!got)
		t->since_mono_ns = 0;
	else if (t->since_mono_ns == 0)
		t->since_mono_ns = now_mono_ns;
}

bool
turns_has_ended(const struct turns *t, int64_t now_mono_ns)
{
	return t->since_mono_ns != 0 && now_mono_ns - t->since_mono_ns >= TURN_MS * NS_PER_MS;
}

void
turns_pause(struct turns *t, int64_t now_mono_ns, int64_t pause_ns)
{
	t->since_mono_ns = 0;
	t->not_before_mono_ns = now_mono_ns + pause_ns;
}
