/* Invariant: tasks stay on their lists. A change of slots takes effect in the next turn. */
#include "pool/scheduler-signals.h"

#include "jobserver/payer.h"
#include "pool/report.h"
#include "pool/scheduler.h"

void
scheduler_signal_all(struct scheduler *s, int sig)
{
	struct task *t;

	TAILQ_FOREACH (t, &s->running, entry)
		attempt_signal(&t->attempt, sig);
}

void
scheduler_shift(struct scheduler *s, int64_t by_ns)
{
	struct task *t;

	TAILQ_FOREACH (t, &s->running, entry)
		attempt_shift(&t->attempt, by_ns);
}

void
scheduler_stopped(struct scheduler *s, pid_t pid, int sig)
{
	struct task *t;

	TAILQ_FOREACH (t, &s->running, entry)
		if (t->attempt.job.pid == pid)
			attempt_stopped(&t->attempt, sig);
}

void
scheduler_resize(struct scheduler *s, bool more)
{
	struct demand *d = &s->demand;

	/* It has no limit, or only that of tokens. */
	if (d->slots == 0 && more)
		return;
	if (d->slots == 0)
		d->slots = d->running > 1 ? d->running : 1;
	if (more && s->is_paused)
		s->is_paused = false;
	else if (more)
		d->slots++;
	else if (d->slots > 1)
		d->slots--;
	else
		s->is_paused = true;
	payer_set_budget(s->payer, s->is_paused ? 0 : d->slots);
	source_resized(s->source);
	report_changed(s->report);
}
