/* Invariant: nothing is claimed ahead until it is known how long a job takes. */
#include "pool/pace.h"

#include "base/clock.h"
#include "pool/source.h"

enum { AHEAD_MS = 20 };

void
pace_learn(struct pace *p, int64_t wall_ns)
{
	p->mean_ns = p->mean_ns == 0 ? wall_ns : (7 * p->mean_ns + wall_ns) / 8;
}

size_t
pace_wanted(const struct pace *p, const struct demand *d)
{
	size_t free_slots = d->slots > d->running ? d->slots - d->running : 1, ahead = 0;

	if (d->has_tokens)
		return 1;
	if (p->mean_ns > 0 && p->mean_ns < AHEAD_MS * NS_PER_MS)
		ahead = d->slots * (size_t)(AHEAD_MS * NS_PER_MS / p->mean_ns);
	return free_slots + ahead < PACE_MOST ? free_slots + ahead : PACE_MOST;
}
