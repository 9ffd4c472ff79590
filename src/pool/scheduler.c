/*
 * Invariants: in each turn everything that may start is started, and nothing is read that no free slot wants. A task is
 * on the list of its state, and demand.running is the length of `running`. In PHASE_NOW every running worker has been
 * sent the signal, and is sent KILL when the grace period has passed or at a second signal.
 */
#include "pool/scheduler.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "job/outcome.h"
#include "jobserver/payer.h"
#include "output/outlet.h"
#include "pool/escapes.h"
#include "pool/report.h"
#include "worker/keeper.h"

enum { LAST_WAIT_MS = 500 };

static void on_reaped(void *arg, struct task *t);
static void on_ended(void *arg, struct task *t);
static void grace_passed(void *arg);

void
scheduler_init(struct scheduler *s, unsigned slots)
{
	const struct options *o = s->options;

	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->running);
	TAILQ_INIT(&s->draining);
	slots_init(&s->slots);
	s->demand = (struct demand){ .slots = slots, .has_tokens = payer_is_limited(s->payer) };
	s->source->demand = &s->demand;
	s->gate = (struct gate){
		.delay_ns = o->delay_ns, .load = o->load, .make_load = o->make_load, .memfree_bytes = o->memfree_bytes
	};
	s->halting.rule = &o->halt;
	s->grace = (struct timer){ .fn = grace_passed, .arg = s };
	s->tasks.attempts.reaped = on_reaped;
	s->tasks.attempts.ended = on_ended;
	s->tasks.attempts.arg = s;
}

void
scheduler_free(struct scheduler *s)
{
	slots_free(&s->slots);
}

/*
 * -- Starting -------------------------------------------------------------------------------------------------------
 */

static bool
has_free_slot(const struct scheduler *s)
{
	if (s->is_paused || s->demand.running >= KEEPER_MOST_SLOTS)
		return false;
	return s->demand.slots == 0 || s->demand.running < s->demand.slots;
}

static void
report_gate(struct scheduler *s, enum gate_reason why)
{
	/* make waits without a message for the load of its -l, so its recipes do too. */
	bool ours = s->gate.load >= 0 && s->gate.seen_limit >= s->gate.load;

	if (why == GATE_LOAD && ours && !s->load_reported) {
		s->load_reported = true;
		report_message(s->report, "load average %.2f is too high; new jobs wait until it is below %.2f",
		    s->gate.seen_load, s->gate.seen_limit);
	}
	if (why == GATE_MEMORY && !s->memory_reported) {
		s->memory_reported = true;
		report_message(s->report, "available memory %llu MiB is too low; new jobs wait until it is %llu MiB",
		    (unsigned long long)(s->gate.seen_bytes >> 20), (unsigned long long)(s->gate.memfree_bytes >> 20));
	}
}

/* May a job start now? If only time can tell, the turn ends when it may. */
static bool
may_start(struct scheduler *s)
{
	int64_t now, wait_ns;
	enum gate_reason why;

	if (s->phase != PHASE_GOING || !has_free_slot(s) || outlet_full(s->outlet))
		return false;
	now = clock_mono_ns();
	s->gate.idle = s->demand.running == 0;
	why = gate_ask(&s->gate, now, &wait_ns);
	if (why == GATE_OPEN)
		return true;
	report_gate(s, why);
	loop_arm(s->loop, &s->gate_opens, now + wait_ns);
	return false;
}

/* The system has no resources for a job: new ones wait, unless no job is left whose end could change that. */
static void
defer(struct scheduler *s, const struct attempt *a)
{
	bool idle = s->demand.running == 0 && TAILQ_EMPTY(&s->draining);

	if (idle && gate_is_stuck(&s->gate, errno, clock_mono_ns())) {
		report_error(s->report, "%s: %s; no job can start", a->missing, strerror(errno));
		scheduler_stop_soon(s);
		return;
	}
	if (!s->system_reported)
		report_message(
		    s->report, "%s: %s; new jobs wait until resources are available", a->missing, strerror(errno));
	s->system_reported = true;
	gate_refused(&s->gate, clock_mono_ns());
}

static void attempt_over(struct scheduler *s, struct task *t);
static void drop(struct scheduler *s, struct task *t);

/* The task of a unit; NULL: it was refused, and has failed. */
static struct task *
take_unit(struct scheduler *s, const struct unit *u)
{
	struct task *t = task_new(&s->tasks, u);

	if (!u->refused)
		return t;
	s->demand.unfinished++;
	task_refuse(t);
	attempt_over(s, t);
	return NULL;
}

/*
 * The next task. One whose attempt failed goes before new ones, so that it holds up the ordered output as little as
 * possible.
 */
static struct task *
take_task(struct scheduler *s)
{
	struct task *t = TAILQ_FIRST(&s->waiting);
	struct unit u;

	if (t != NULL) {
		TAILQ_REMOVE(&s->waiting, t, entry);
		return t;
	}
	/* A refused unit may halt the run. */
	while (t == NULL && s->phase == PHASE_GOING && source_next(s->source, &u))
		t = take_unit(s, &u);
	return t;
}

/*
 * Another pool of this recipe has its one slot, its job waits until we read, and our input cannot be spilled any more:
 * then one job runs that nothing pays for.
 */
static bool
must_run_unpaid(struct scheduler *s)
{
	if (!s->source->full || s->demand.running > 0 || !payer_is_locked_out(s->payer))
		return false;
	s->source->full = false;
	report_message(s->report,
	    "another pool has the slot of this recipe, and no more input can be spilled; running a job without a slot");
	return true;
}

static void
started(struct scheduler *s, struct task *t)
{
	TAILQ_INSERT_TAIL(&s->running, t, entry);
	s->demand.running++;
	gate_started(&s->gate, t->attempt.start_mono_ns);
	escapes_started(s->escapes);
	/* A message about its start could not be written. */
	if (s->phase == PHASE_NOW)
		attempt_end_by(&t->attempt, s->why, SIGTERM);
}

/* It goes before all others when a job may start. A message about it may have stopped the run. */
static void
postpone(struct scheduler *s, struct task *t)
{
	TAILQ_INSERT_HEAD(&s->waiting, t, entry);
	if (s->phase != PHASE_GOING)
		drop(s, t);
}

/* Starts it in a slot of its own. false: nothing can pay for a job now. */
static bool
start(struct scheduler *s, struct task *t)
{
	unsigned slot = slots_acquire(&s->slots);
	bool had_begun = task_has_begun(t);
	enum attempt_result got = task_start(t, slot, false);

	if (got == ATTEMPT_UNPAID && must_run_unpaid(s))
		got = task_start(t, slot, true);
	if (got != ATTEMPT_OK)
		slots_release(&s->slots, slot);
	s->demand.unfinished += !had_begun && task_has_begun(t);
	switch (got) {
	case ATTEMPT_OK: started(s, t); return true;
	case ATTEMPT_NOT_RUN: attempt_over(s, t); return true;
	case ATTEMPT_DEFERRED:
		defer(s, &t->attempt);
		postpone(s, t);
		return true;
	case ATTEMPT_UNPAID: break;
	}
	s->unpaid = true;
	postpone(s, t);
	return false;
}

static void
start_all(struct scheduler *s)
{
	struct task *t;

	s->unpaid = false;
	while (may_start(s) && (t = take_task(s)) != NULL)
		if (s->phase != PHASE_GOING)
			postpone(s, t);
		else if (s->options->dry_run) {
			task_print(t);
			task_end(t);
		} else if (!start(s, t))
			return;
}

/*
 * -- Finishing ------------------------------------------------------------------------------------------------------
 */

/* Applies --halt after `j` was counted; NULL: after the input may have ended. */
static void
apply_halt(struct scheduler *s, const struct job *j)
{
	uint64_t total = source_is_drained(s->source) ? s->source->given - s->source->skipped : 0;
	enum halt_when when = halting_decide(&s->halting, total);

	if (s->phase != PHASE_GOING || when == HALT_NEVER)
		return;
	report_halted(s->report, halting_status(&s->halting, j));
	if (when == HALT_SOON)
		scheduler_stop_soon(s);
	else
		scheduler_stop_now(s, JOB_HALTED, SIGTERM);
}

/* Is this the last attempt at its task? */
static bool
is_last(const struct scheduler *s, const struct job *j)
{
	return outcome_ok(j) || j->tries_left == 0 || s->phase != PHASE_GOING || j->end == JOB_INVALID;
}

static void
count_for_halt(struct scheduler *s, struct task *t)
{
	const struct job *j = &t->attempt.job;

	halting_count(&s->halting, j, &t->counted);
	apply_halt(s, j);
}

static void
end(struct scheduler *s, struct task *t)
{
	s->demand.unfinished--;
	task_end(t);
}

/* The task is finished with its last attempt. */
static void
finish(struct scheduler *s, struct task *t)
{
	task_finish(t);
	count_for_halt(s, t);
	end(s, t);
}

/* An attempt is over; the task is on no list. */
static void
attempt_over(struct scheduler *s, struct task *t)
{
	if (task_record(t) == -1)
		scheduler_stop_soon(s);
	if (is_last(s, &t->attempt.job)) {
		finish(s, t);
		return;
	}
	halting_forget(&s->halting, &t->counted);
	task_wait_again(t);
	TAILQ_INSERT_TAIL(&s->waiting, t, entry);
}

static void
on_reaped(void *arg, struct task *t)
{
	struct scheduler *s = arg;

	s->demand.running--;
	slots_release(&s->slots, t->attempt.job.slot);
	gate_relieved(&s->gate);
	TAILQ_REMOVE(&s->running, t, entry);
	TAILQ_INSERT_TAIL(&s->draining, t, entry);
	/* Before another job can start in the slot: only the output of this one is still to come. */
	if (is_last(s, &t->attempt.job))
		count_for_halt(s, t);
	/* Its reader may have gone, which only the workers notice. Jobs that succeed do not need one. */
	if (s->options->order == ORDER_NONE && !outcome_ok(&t->attempt.job) && outlet_reader_gone(s->outlet))
		scheduler_interrupt(s, SIGPIPE);
}

static void
on_ended(void *arg, struct task *t)
{
	struct scheduler *s = arg;

	TAILQ_REMOVE(&s->draining, t, entry);
	attempt_over(s, t);
}

/*
 * -- Stopping early -------------------------------------------------------------------------------------------------
 */

/* A task that waits is not tried again. One that never began is as if it had not been read. */
static void
drop(struct scheduler *s, struct task *t)
{
	TAILQ_REMOVE(&s->waiting, t, entry);
	task_release(t);
	if (!task_has_begun(t)) {
		task_free(t);
		return;
	}
	task_finish(t);
	end(s, t);
}

void
scheduler_stop_soon(struct scheduler *s)
{
	struct task *t;

	if (s->phase != PHASE_GOING)
		return;
	s->phase = PHASE_SOON;
	s->demand.stopping = true;
	while ((t = TAILQ_FIRST(&s->waiting)) != NULL)
		drop(s, t);
}

static void
arm_grace(struct scheduler *s)
{
	loop_arm(s->loop, &s->grace, clock_mono_ns() + s->options->grace_ns);
}

void
scheduler_stop_now(struct scheduler *s, enum job_end why, int sig)
{
	struct task *t, *next;

	scheduler_stop_soon(s);
	if (s->phase == PHASE_NOW)
		return;
	s->phase = PHASE_NOW;
	s->why = why;
	TAILQ_FOREACH_SAFE (t, &s->running, entry, next)
		attempt_end_by(&t->attempt, why, sig);
	if (why == JOB_INTERRUPTED)
		arm_grace(s);
}

static void
kill_all(struct scheduler *s)
{
	struct task *t, *next;

	s->tasks.attempts.killed = true;
	TAILQ_FOREACH_SAFE (t, &s->running, entry, next)
		attempt_kill(&t->attempt);
}

static void
grace_passed(void *arg)
{
	struct scheduler *s = arg;

	if (s->tasks.attempts.killed || s->demand.running == 0)
		s->gives_up = true;
	kill_all(s);
	/* Captured output gets this much more time to be taken by a reader that does not read. */
	loop_arm(s->loop, &s->grace, clock_mono_ns() + LAST_WAIT_MS * NS_PER_MS);
}

void
scheduler_interrupt(struct scheduler *s, int own)
{
	if (s->signal == 0)
		s->signal = own;
	scheduler_stop_now(s, JOB_INTERRUPTED, SIGTERM);
}

void
scheduler_signalled(struct scheduler *s, int sig)
{
	if (s->signal != 0) {
		kill_all(s);
		s->gives_up = true;
		return;
	}
	s->signal = sig;
	if (s->phase == PHASE_NOW)
		arm_grace(s);
	else
		/* Nobody wants core dumps of the workers from a run that was interrupted. */
		scheduler_stop_now(s, JOB_INTERRUPTED, sig == SIGQUIT ? SIGTERM : sig);
}

/*
 * -- The run --------------------------------------------------------------------------------------------------------
 */

static bool
is_finished(const struct scheduler *s)
{
	if (!source_is_drained(s->source) || s->demand.unfinished > 0 || !TAILQ_EMPTY(&s->waiting))
		return false;
	return s->gives_up || outlet_idle(s->outlet);
}

/* What the bodies of the source may set between turns. */
static void
check_source(struct scheduler *s)
{
	if (s->source->gone)
		scheduler_stop_now(s, JOB_INTERRUPTED, SIGTERM);
	if (!s->source->terminated)
		return;
	s->source->terminated = false;
	if (s->phase == PHASE_NOW)
		return;
	report_message(s->report, "%s: was terminated; its tasks are ready again", s->source->name);
	scheduler_interrupt(s, SIGTERM);
}

static bool
update_source(struct scheduler *s)
{
	struct demand *d = &s->demand;

	d->starved = s->unpaid && d->running == 0 && payer_is_locked_out(s->payer);
	d->wanted = !source_has_ended(s->source) && TAILQ_EMPTY(&s->waiting) && may_start(s);
	if (source_update(s->source) == 0 || s->phase != PHASE_GOING)
		return true;
	report_error(s->report, "%s: cannot wait for tasks: %s", s->source->name, strerror(errno));
	scheduler_stop_soon(s);
	return false;
}

static void
update_payer(struct scheduler *s)
{
	if (payer_update(s->payer, s->unpaid, clock_mono_ns()) == -1)
		report_message(
		    s->report, "jobserver: cannot wait for a token: %s; no more tokens are taken", strerror(errno));
}

void
scheduler_run(struct scheduler *s)
{
	for (;;) {
		check_source(s);
		/* A percentage is known once the input has ended, which the last turn or this one may have found. */
		apply_halt(s, NULL);
		start_all(s);
		apply_halt(s, NULL);
		if (is_finished(s))
			return;
		/* If that ends the run, perhaps nothing is left to wait for. */
		if (!update_source(s))
			continue;
		update_payer(s);
		if (loop_turn(s->loop) == -1) {
			report_error(s->report, "cannot wait for events: %s", strerror(errno));
			scheduler_stop_now(s, JOB_INTERRUPTED, SIGTERM);
		}
	}
}
