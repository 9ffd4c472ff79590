/*
 * Invariants: a worker is recorded with the keeper from its start until its process has ended, and not when it is
 * reaped. What `stage` says is acquired, and unwind() is the only place that releases it.
 */
#include "pool/attempt.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "job/outcome.h"
#include "job/template.h"
#include "output/outlet.h"
#include "pool/attempt-output.h"
#include "pool/report.h"
#include "pool/source.h"
#include "sys/os.h"
#include "worker/keeper.h"

enum { DRAIN_MS = 100, GROUP_MS = 20, HOLDERS_MS = 800 };

static void drain_passed(void *arg);
static void grace_passed(void *arg);
static void check_group(void *arg);
static void timed_out(void *arg);
static void maybe_drained(struct attempt *a);
static void stream_ended(void *arg);
static void process_ended(void *arg);

void
attempt_init(struct attempt *a, struct attempt_shared *shared, struct task *t, uint64_t seq, uint64_t task_id)
{
	a->shared = shared;
	a->task = t;
	a->job.seq = seq;
	a->job.task_id = task_id;
	attempt_queue(a);
	a->out.watch.fd = a->err.watch.fd = a->progress.watch.fd = -1;
	a->percent = -1;
	a->timeout.timer = (struct timer){ .fn = timed_out, .arg = a };
	a->drain.timer = (struct timer){ .fn = drain_passed, .arg = a };
	a->grace = (struct timer){ .fn = grace_passed, .arg = a };
	a->group = (struct timer){ .fn = check_group, .arg = a };
}

void
attempt_queue(struct attempt *a)
{
	a->queued_mono_ns = clock_mono_ns();
}

void
attempt_free(struct attempt *a)
{
	command_free(&a->job.command);
}

/*
 * -- The stages of a start ------------------------------------------------------------------------------------------
 */

static bool
pay(struct attempt *a, unsigned slot, bool unpaid)
{
	int64_t now = clock_mono_ns();

	a->payment = payer_acquire(a->shared->payer, now);
	if (a->payment == PAYMENT_NONE && unpaid)
		a->payment = PAYMENT_UNNEEDED;
	if (a->payment == PAYMENT_NONE) {
		if (a->unpaid_since_mono_ns == 0)
			a->unpaid_since_mono_ns = now;
		return false;
	}
	if (a->payment == PAYMENT_IMPLICIT)
		keeper_exempt(a->shared->keeper, slot);
	a->stage = STAGE_PAID;
	return true;
}

static void
release_payment(struct attempt *a)
{
	struct attempt_shared *shared = a->shared;

	if (payer_release(shared->payer, a->payment, clock_mono_ns()) == -1 && !shared->token_reported) {
		shared->token_reported = true;
		report_message(shared->report, "jobserver: cannot return a token: %s", strerror(errno));
	}
	if (a->payment == PAYMENT_IMPLICIT)
		keeper_exempt(shared->keeper, 0);
	a->payment = PAYMENT_NONE;
}

static void
close_served(struct attempt *a)
{
	int missing = payer_close_served(a->shared->payer, &a->served);
	char problem[128];

	/* A worker that we end has no time to give anything back. */
	if (missing == 0 || a->job.end != JOB_RAN)
		return;
	served_problem(problem, sizeof problem, missing);
	report_message(a->shared->report, "job %llu: %s", (unsigned long long)a->job.seq, problem);
}

enum attempt_result
attempt_acquire(struct attempt *a, unsigned slot, bool unpaid)
{
	if (attempt_ensure_keeper(a->shared) == -1) {
		a->missing = "keeper";
		return ATTEMPT_DEFERRED;
	}
	a->out.bytes = a->err.bytes = 0;
	a->lost = false;
	return pay(a, slot, unpaid) ? ATTEMPT_OK : ATTEMPT_UNPAID;
}

/* Releases what is acquired, in reverse. Keeps errno. */
static void
unwind(struct attempt *a)
{
	int saved = errno;

	switch (a->stage) {
	case STAGE_SERVED: close_served(a);              /* fall through */
	case STAGE_PIPES: worker_pipes_close(&a->pipes); /* fall through */
	case STAGE_PAID: release_payment(a);             /* fall through */
	case STAGE_NONE: break;
	}
	a->stage = STAGE_NONE;
	errno = saved;
}

static void
end_attempt(struct attempt *a)
{
	a->job.out_bytes = a->out.bytes;
	a->job.err_bytes = a->err.bytes;
	a->ended = a->stop_reported = false;
	a->percent = -1;
	a->percent_reader = (struct percent_reader){ 0 };
	a->last_end = a->job.end;
	a->last_wstatus = a->job.wstatus;
	a->state = ATTEMPT_IDLE;
}

enum attempt_result
attempt_fail(struct attempt *a, enum job_end end, int why)
{
	struct job *j = &a->job;

	attempt_close_output(a);
	unwind(a);
	j->end = end;
	j->exec_errno = why;
	j->wstatus = (end == JOB_INVALID ? 1 : outcome_exec_status(why)) << 8;
	j->start_wall_us = clock_wall_us();
	j->queued_ns = clock_mono_ns() - a->queued_mono_ns;
	end_attempt(a);
	return ATTEMPT_NOT_RUN;
}

/* Undoes an attempt whose job was begun. errno is kept. */
static enum attempt_result
defer(struct attempt *a, const char *missing)
{
	int saved = errno;

	attempt_close_output(a);
	errno = saved;
	unwind(a);
	a->job.attempt--;
	/* In case that it is not tried again: this is how its last attempt ended. */
	a->job.end = a->last_end;
	a->job.wstatus = a->last_wstatus;
	a->missing = missing;
	return ATTEMPT_DEFERRED;
}

/* The worker runs: from here on the attempt is left only through its end. */
static void
run(struct attempt *a, pid_t pid)
{
	struct attempt_shared *shared = a->shared;

	a->job.pid = pid;
	a->state = ATTEMPT_RUNNING;
	if (shared->options->timeout_ns > 0)
		limit_start(&a->timeout, shared->loop, shared->options->timeout_ns);
	if (a->served.server != NULL)
		served_started(&a->served);
	a->child = (struct child){ .pid = pid, .fn = process_ended, .arg = a };
	loop_watch_child(shared->loop, &a->child);
}

static void
set_times(struct attempt *a)
{
	a->start_mono_ns = clock_mono_ns();
	a->job.start_wall_us = clock_wall_us();
	a->job.queued_ns = a->start_mono_ns - a->queued_mono_ns;
	a->job.token_ns = a->unpaid_since_mono_ns != 0 ? a->start_mono_ns - a->unpaid_since_mono_ns : 0;
	a->unpaid_since_mono_ns = 0;
}

/* The last stages: the pipes exist; opens the worker's jobserver, and starts it. */
static enum attempt_result
start_worker(struct attempt *a, const char *path)
{
	struct attempt_shared *shared = a->shared;
	struct worker_place place = { .out = a->pipes.out[1],
		.err = a->pipes.err[1],
		.progress = a->pipes.progress[1],
		.jobserver = { { -1, -1 }, { -1, -1 } },
		.note = keeper_note(shared->keeper, a->job.slot) };
	bool exec_failed;
	pid_t pid;

	if (shared->options->order == ORDER_NONE && shared->options->records != NULL)
		place.out = STDERR_FILENO;
	if (payer_open_served(shared->payer, &a->served, &place) == -1)
		return defer(a, "mkfifo");
	a->stage = STAGE_SERVED;
	set_times(a);
	source_started(shared->source, a->job.task_id);
	pid = worker_start(&shared->kit, &a->job, path, &place, &exec_failed);
	if (pid == -1)
		return exec_failed ? attempt_fail(a, JOB_NOT_RUN, errno) : defer(a, "fork");
	run(a, pid);
	return ATTEMPT_OK;
}

enum attempt_result
attempt_launch(struct attempt *a, const char *path)
{
	const struct attempt_shared *shared = a->shared;

	if (worker_pipes_open(&a->pipes, shared->options->order != ORDER_NONE, shared->reads_progress) == -1)
		return defer(a, "pipe");
	a->stage = STAGE_PIPES;
	if (attempt_open_output(a, stream_ended) == -1)
		return defer(a, "watching a pipe");
	return start_worker(a, path);
}

/*
 * -- The end of a worker --------------------------------------------------------------------------------------------
 */

static void
maybe_drained(struct attempt *a)
{
	if (a->state != ATTEMPT_DRAINING || capture_is_open(&a->out) || capture_is_open(&a->err))
		return;
	limit_cancel(&a->drain, a->shared->loop);
	attempt_fail_if_lost(a);
	end_attempt(a);
	a->shared->ended(a->shared->arg, a->task);
}

static void
stream_ended(void *arg)
{
	struct attempt *a = arg;

	attempt_report_lost(a);
	maybe_drained(a);
}

static void
drain_passed(void *arg)
{
	struct attempt *a = arg;

	capture_close(&a->out);
	capture_close(&a->err);
	maybe_drained(a);
}

static void
disarm_all(struct attempt *a)
{
	limit_cancel(&a->timeout, a->shared->loop);
	loop_disarm(a->shared->loop, &a->grace);
	loop_disarm(a->shared->loop, &a->group);
}

static void
reap(struct attempt *a)
{
	struct attempt_shared *shared = a->shared;

	*keeper_note(shared->keeper, a->job.slot) = 0;
	/* Another wait(2) of this process took its status: how it ended is unknown, which counts as a failure. */
	if (worker_reap(a->job.pid, &a->job) == -1)
		a->job.wstatus = SIGKILL;
	attempt_fail_if_lost(a);
	a->job.wall_ns = clock_mono_ns() - a->start_mono_ns;
	capture_close(&a->progress);
	disarm_all(a);
	unwind(a);
	a->state = ATTEMPT_DRAINING;
	shared->reaped(shared->arg, a->task);
	if (output_may_read(a->output))
		limit_start(&a->drain, shared->loop, DRAIN_MS * NS_PER_MS);
	else
		limit_start_paused(&a->drain, DRAIN_MS * NS_PER_MS);
	maybe_drained(a);
}

/*
 * A worker that we told to end may leave other processes of its group behind. As long as it is not reaped the group's
 * number cannot be another's, so that these can be killed when the grace period has passed.
 */
static void
check_group(void *arg)
{
	struct attempt *a = arg;
	pid_t pid = a->job.pid;

	/*
	 * A pool among them has process groups of its own, which its keeper ends: it is doing so while it has its end
	 * of the jobserver open.
	 */
	if (!os_group_alive(pid) &&
	    !(a->job.end == JOB_RAN && a->served.server != NULL && served_is_open(&a->served))) {
		reap(a);
		return;
	}
	if (clock_mono_ns() >= a->kill_mono_ns) {
		worker_signal(pid, SIGKILL);
		reap(a);
		return;
	}
	loop_arm(a->shared->loop, &a->group, clock_mono_ns() + GROUP_MS * NS_PER_MS);
}

/*
 * Was the process killed, and did it leave others behind? They run on slots of ours, which must be available again
 * within a second, and nobody else ends them: make leaves its jobs behind when KILL ends it.
 */
static bool
leaves_holders(const struct attempt *a)
{
	return a->served.server != NULL && worker_was_killed(a->job.pid) &&
	    (os_group_alive(a->job.pid) || served_in_use(&a->served) > 0);
}

static void
end_holders(struct attempt *a)
{
	int64_t grace_ns = a->shared->options->grace_ns;

	a->state = ATTEMPT_ENDING;
	limit_cancel(&a->timeout, a->shared->loop);
	a->kill_mono_ns = clock_mono_ns() + (grace_ns < HOLDERS_MS * NS_PER_MS ? grace_ns : HOLDERS_MS * NS_PER_MS);
	worker_signal(a->job.pid, SIGTERM);
	worker_signal(a->job.pid, SIGCONT);
}

static void
process_ended(void *arg)
{
	struct attempt *a = arg;

	loop_unwatch_child(a->shared->loop, &a->child);
	if (a->shared->killed || (a->state != ATTEMPT_ENDING && !leaves_holders(a))) {
		reap(a);
		return;
	}
	a->ended = true;
	a->kill_mono_ns = a->grace.armed ? a->grace.at_mono_ns : 0;
	if (a->state == ATTEMPT_RUNNING)
		end_holders(a);
	loop_disarm(a->shared->loop, &a->grace);
	check_group(a);
}

static void
grace_passed(void *arg)
{
	attempt_kill(arg);
}

static void
timed_out(void *arg)
{
	attempt_end_by(arg, JOB_TIMED_OUT, SIGTERM);
}

void
attempt_end_by(struct attempt *a, enum job_end why, int sig)
{
	struct attempt_shared *shared = a->shared;

	if (a->state == ATTEMPT_RUNNING && !worker_ended(a->job.pid)) {
		a->job.end = why;
		a->state = ATTEMPT_ENDING;
		limit_cancel(&a->timeout, shared->loop);
		loop_arm(shared->loop, &a->grace, clock_mono_ns() + shared->options->grace_ns);
	}
	if (a->state != ATTEMPT_RUNNING && a->state != ATTEMPT_ENDING)
		return;
	worker_signal(a->job.pid, sig);
	/* A stopped process handles no other signal. */
	worker_signal(a->job.pid, SIGCONT);
}

void
attempt_kill(struct attempt *a)
{
	if (a->state != ATTEMPT_RUNNING && a->state != ATTEMPT_ENDING)
		return;
	worker_signal(a->job.pid, SIGKILL);
	if (a->ended)
		reap(a);
}

void
attempt_signal(const struct attempt *a, int sig)
{
	worker_signal(a->job.pid, sig);
}

void
attempt_shift(struct attempt *a, int64_t by_ns)
{
	struct loop *l = a->shared->loop;

	limit_shift(&a->timeout, l, by_ns);
	if (a->grace.armed)
		loop_arm(l, &a->grace, a->grace.at_mono_ns + by_ns);
}

void
attempt_stopped(struct attempt *a, int sig)
{
	if (a->stop_reported || (sig != SIGTTIN && sig != SIGTTOU))
		return;
	a->stop_reported = true;
	report_message(a->shared->report,
	    "job %llu (pid %d): stopped because it %s the terminal, which workers do not have",
	    (unsigned long long)a->job.seq, (int)a->job.pid, sig == SIGTTIN ? "reads from" : "sets or writes to");
}
