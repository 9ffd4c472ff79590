/*
 * One task's life, as drawn in pool-private.h.
 *
 * Invariants: a task is on the list of its state; running_count is the length of pool.running; a slot is held exactly while a task is on
 * pool.running. A worker's note with the keeper is cleared after its process has ended and before it is reaped.
 */
#include "pool/pool-private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "job/command.h"
#include "sys/os.h"
#include "job/outcome.h"

enum { DRAIN_MS = 100, GROUP_MS = 20, HOLDERS_MS = 800 };

static void attempt_over(struct task *t);
static void process_ended(void *arg);
static void maybe_drained(struct task *t);
static void over(struct task *t);

static void
split_lines(struct task *t)
{
	const char *at = t->bytes;

	t->lines = mem_resize(NULL, t->line_count, sizeof *t->lines);
	for (size_t i = 0; i < t->line_count; i++) {
		t->lines[i] = at;
		at += strlen(at) + 1;
	}
}

struct task *
task_new(struct pool *p, const char *bytes, size_t len, size_t lines, uint64_t line_number)
{
	struct task *t = mem_alloc(sizeof *t);

	t->pool = p;
	t->bytes = mem_dup(bytes, len);
	t->line_count = lines;
	t->line_number = line_number;
	split_lines(t);
	t->job.seq = ++p->seq;
	t->queued_mono_ns = clock_mono_ns();
	t->out.watch.fd = t->err.watch.fd = t->report.watch.fd = -1;
	t->percent = -1;
	return t;
}

void
task_free(struct task *t)
{
	kept_free(&t->kept_out);
	kept_free(&t->kept_err);
	command_free(&t->job.command);
	free(t->path);
	free(t->lines);
	free(t->bytes);
	free(t);
}

/* While a worker is blocked only because our reader is slow or the spill is full, its time does not run. */
static void
output_flow(void *arg, bool on)
{
	struct task *t = arg;
	struct loop *l = t->pool->loop;

	capture_flow(&t->out, on);
	capture_flow(&t->err, on);
	if (!on && t->deadline.armed && t->state != TASK_ENDING) {
		t->time_left_ns = t->deadline.at_mono_ns - clock_mono_ns();
		loop_disarm(l, &t->deadline);
	} else if (on && t->time_left_ns != 0 && t->state != TASK_ENDING) {
		loop_arm(l, &t->deadline, clock_mono_ns() + t->time_left_ns);
		t->time_left_ns = 0;
	}
}

static void
make_tag(const struct task *t, struct buf *b)
{
	for (size_t i = 0; i < t->line_count; i++) {
		if (i > 0)
			buf_addc(b, ' ');
		escape_visible(b, t->lines[i], strlen(t->lines[i]));
	}
	buf_addc(b, '\0');
}

static void
begin_output(struct task *t)
{
	struct buf tag = { 0 };

	if (t->output != NULL)
		return;
	if (t->pool->options->tag)
		make_tag(t, &tag);
	t->output = outlet_begin(t->pool->outlet, tag.data, output_flow, t);
	buf_free(&tag);
}

/* Sets up the attempt's job; the slot must be known, since the command may name it. */
static void
begin_job(struct task *t, unsigned slot)
{
	struct arguments args = { .text = t->lines, .count = t->line_count };
	struct job *j = &t->job;
	uint64_t seq = j->seq, task_id = j->task_id;
	unsigned attempt = j->attempt + 1;

	command_free(&j->command);
	*j = (struct job){ .seq = seq, .task_id = task_id, .attempt = attempt, .slot = slot, .end = JOB_RAN };
	j->tries_left = t->pool->options->tries - attempt;
	template_expand(t->pool->parts->template, args, seq, slot, &j->command);
}

static void
move(struct task *t, struct task_list *from, struct task_list *to, enum task_state state)
{
	if (from != NULL)
		TAILQ_REMOVE(from, t, entry);
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, t, entry);
	t->state = state;
}

static void
on_out(void *arg, int stream, const char *bytes, size_t len)
{
	struct task *t = arg;

	output_feed(t->output, stream, bytes, len);
	kept_add(t, &t->kept_out, bytes, len);
}

static void
on_err(void *arg, int stream, const char *bytes, size_t len)
{
	struct task *t = arg;

	output_feed(t->output, stream, bytes, len);
	kept_add(t, &t->kept_err, bytes, len);
}

static void
on_end(void *arg)
{
	maybe_drained(arg);
}

static void
on_report(void *arg, int stream, const char *bytes, size_t len)
{
	struct task *t = arg;

	(void)stream;
	if (percent_feed(&t->percent_reader, bytes, len, &t->percent))
		report_dirty(t->pool);
}

static void
on_report_end(void *arg)
{
	(void)arg;
}

/* The three pipes of a worker, read ends first in each. -1: not made. */
struct pipes {
	int out[2], err[2], report[2];
};

static void
close_both(int fd[2])
{
	for (int i = 0; i < 2; i++)
		if (fd[i] != -1)
			close(fd[i]);
	fd[0] = fd[1] = -1;
}

static void
close_pipes(struct pipes *f)
{
	int saved = errno;

	close_both(f->out);
	close_both(f->err);
	close_both(f->report);
	errno = saved;
}

static int
make_pipes(const struct pool *p, struct pipes *f)
{
	*f = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (p->options->order != ORDER_NONE && (os_pipe(f->out) == -1 || os_pipe(f->err) == -1))
		goto fail;
	if (p->parts->progress != NULL && os_pipe(f->report) == -1)
		goto fail;
	return 0;
fail:
	close_pipes(f);
	return -1;
}

/* Gives the read ends to the loop. One that the loop cannot take is closed: the worker gets EPIPE there, and is not lost. */
static void
read_pipes(struct task *t, struct pipes *f)
{
	struct pool *p = t->pool;
	/* Records on stdout are to be read by a program: what the workers print there goes to stderr. */
	int stream = p->options->records != NULL ? STDERR_FILENO : STDOUT_FILENO;

	t->out = (struct capture){ .stream = stream, .on_data = on_out, .on_end = on_end, .arg = t, .watch.fd = -1 };
	t->err =
	    (struct capture){ .stream = STDERR_FILENO, .on_data = on_err, .on_end = on_end, .arg = t, .watch.fd = -1 };
	t->report = (struct capture){ .on_data = on_report, .on_end = on_report_end, .arg = t, .watch.fd = -1 };
	if (f->out[0] != -1 && capture_open(&t->out, p->loop, f->out[0]) == -1)
		pool_say(p, "job %llu: its stdout cannot be read: %s", (unsigned long long)t->job.seq, strerror(errno));
	if (f->err[0] != -1 && capture_open(&t->err, p->loop, f->err[0]) == -1)
		pool_say(p, "job %llu: its stderr cannot be read: %s", (unsigned long long)t->job.seq, strerror(errno));
	if (f->report[0] != -1 && capture_open(&t->report, p->loop, f->report[0]) == -1)
		t->report.watch.fd = -1;
	f->out[0] = f->err[0] = f->report[0] = -1;
	output_flow(t, output_may_read(t->output));
}

/* Not a worker, but an attempt all the same. */
static enum task_started
not_run(struct task *t, enum job_end end, int why)
{
	struct job *j = &t->job;

	j->end = end;
	j->exec_errno = why;
	j->wstatus = (end == JOB_INVALID ? 1 : outcome_exec_status(why)) << 8;
	j->start_wall_us = clock_wall_us();
	j->queued_ns = clock_mono_ns() - t->queued_mono_ns;
	move(t, NULL, &t->pool->draining, TASK_DRAINING);
	begin_output(t);
	attempt_over(t);
	return TASK_OVER;
}

void
task_fail_unread(struct task *t)
{
	t->pool->live_count++;
	t->job.task_id = t->claimed;
	begin_job(t, 0);
	t->job.tries_left = 0;
	not_run(t, JOB_INVALID, E2BIG);
}

/* An argument that the kernel would refuse is told with its line, before anything is made for it. */
static bool
fits(struct task *t)
{
	struct pool *p = t->pool;
	const struct command *c = &t->job.command;
	size_t all = 0;

	for (size_t i = 0; i < c->argc; i++) {
		size_t size = strlen(c->argv[i]) + 1;

		all += size + sizeof(char *);
		if (size > p->kit.longest_argument || all > p->kit.argument_room) {
			pool_say(p,
			    "%s:%llu: the command's arguments take more than the system allows (%zu bytes one, %zu all); use a smaller -n or shorter lines",
			    input_name(p->parts->input), (unsigned long long)t->line_number, p->kit.longest_argument,
			    p->kit.argument_room);
			return false;
		}
	}
	return true;
}

/* The program's path: the pool's, or looked up for this job when a placeholder stands in word 0. 0 or errno. */
static int
find_program(struct task *t, const char **path)
{
	int why;

	*path = t->pool->parts->program;
	if (*path != NULL)
		return 0;
	free(t->path);
	why = worker_find(t->job.command.argv[0], &t->path);
	*path = t->path;
	return why;
}

static void
held(struct pool *p, const char *what)
{
	int why = errno;

	if (!p->said_system)
		pool_say(p, "%s: %s; new jobs wait until there is room again", what, strerror(why));
	p->said_system = true;
	gate_refused(&p->gate, clock_mono_ns());
}

int
pool_ensure_keeper(struct pool *p)
{
	struct keeper_charge charge = jobserver_charge(p->parts->jobserver);

	if (p->parts->serves)
		charge.folder = p->server.folder;
	if (p->parts->queue != NULL)
		charge.claim_fd = queue_keeper_fd(p->parts->queue);
	if (p->keeper == NULL)
		p->keeper = keeper_start(p->options->grace_ns, &charge);
	return p->keeper == NULL ? -1 : 0;
}

/* The worker runs: from here on it is only left through its end. */
static void
run(struct task *t, pid_t pid, struct pipes *f)
{
	struct pool *p = t->pool;

	t->job.pid = pid;
	p->running_count++;
	p->live_count += t->output == NULL;
	move(t, NULL, &p->running, TASK_RUNNING);
	begin_output(t);
	read_pipes(t, f);
	t->child = (struct child){ .pid = pid, .fn = process_ended, .arg = t };
	if (p->options->timeout_ns > 0)
		loop_arm(p->loop, &t->deadline, t->start_mono_ns + p->options->timeout_ns);
	gate_started(&p->gate, t->start_mono_ns);
	report_started(t);
}

static void timed_out(void *arg);

/* Undoes what an attempt that was not made has taken; the task is as before. */
static enum task_started
hold_back(struct task *t, const char *what)
{
	int why = errno;

	pool_close_served(t);
	pool_give_back(t);
	pool_give_slot(t->pool, t->job.slot);
	t->job.attempt--;
	/* If it is not tried any more, this is how it ended. */
	t->job.end = t->last_end;
	t->job.wstatus = t->last_wstatus;
	errno = why;
	held(t->pool, what);
	return TASK_HELD;
}

static enum task_started
not_started(struct task *t, enum job_end end, int why)
{
	pool_close_served(t);
	pool_give_back(t);
	pool_give_slot(t->pool, t->job.slot);
	t->pool->live_count += t->output == NULL;
	return not_run(t, end, why);
}

/* Below `make -n`: its command is all that comes of it. */
static enum task_started
print(struct task *t)
{
	struct buf b = { 0 };

	begin_job(t, 1);
	command_text(&b, &t->job.command);
	buf_addc(&b, '\n');
	begin_output(t);
	output_feed(t->output, STDOUT_FILENO, b.data, b.len);
	buf_free(&b);
	t->pool->live_count++;
	pool_release_later(t);
	over(t);
	return TASK_OVER;
}

enum task_started
task_start(struct task *t)
{
	struct pool *p = t->pool;
	struct pipes f;
	const char *path;
	unsigned slot = pool_take_slot(p);
	bool exec_failed;
	pid_t pid;
	int why;

	if (p->options->dry_run) {
		pool_give_slot(p, slot);
		return print(t);
	}
	if (pool_ensure_keeper(p) == -1) {
		why = errno;
		pool_give_slot(p, slot);
		errno = why;
		held(p, "fork");
		return TASK_HELD;
	}
	if (!pool_pay(t, slot)) {
		pool_give_slot(p, slot);
		return TASK_UNPAID;
	}
	begin_job(t, slot);
	if (!fits(t)) {
		t->job.tries_left = 0;
		return not_started(t, JOB_INVALID, E2BIG);
	}
	why = find_program(t, &path);
	if (why != 0)
		return not_started(t, JOB_NOT_RUN, why);
	if (make_pipes(p, &f) == -1)
		return hold_back(t, "pipe");
	struct worker_place place = { .out = f.out[1],
		.err = f.err[1],
		.progress = f.report[1],
		.jobserver = { { -1, -1 }, { -1, -1 } },
		.note = keeper_note(p->keeper, slot) };
	if (p->options->order == ORDER_NONE && p->options->records != NULL)
		place.out = STDERR_FILENO;
	if (pool_open_served(t, &place) == -1) {
		close_pipes(&f);
		return hold_back(t, "mkfifo");
	}
	t->start_mono_ns = clock_mono_ns();
	t->job.start_wall_us = clock_wall_us();
	t->job.queued_ns = t->start_mono_ns - t->queued_mono_ns;
	t->job.token_ns = t->token_since_ns != 0 ? t->start_mono_ns - t->token_since_ns : 0;
	t->token_since_ns = 0;
	t->deadline = (struct timer){ .fn = timed_out, .arg = t };
	t->time_left_ns = 0;
	if (t->claimed != 0)
		queue_begin(p->parts->queue, t->claimed);
	pid = worker_start(&p->kit, &t->job, path, &place, &exec_failed);
	why = errno;
	if (pid == -1) {
		close_pipes(&f);
		errno = why;
		return exec_failed ? not_started(t, JOB_NOT_RUN, why) : hold_back(t, "fork");
	}
	close(f.out[1]);
	close(f.err[1]);
	close(f.report[1]);
	if (p->parts->serves)
		served_started(&t->served);
	run(t, pid, &f);
	loop_watch_child(p->loop, &t->child);
	return TASK_STARTED;
}

static void
drain_over(void *arg)
{
	struct task *t = arg;

	capture_close(&t->out);
	capture_close(&t->err);
	maybe_drained(t);
}

static void
maybe_drained(struct task *t)
{
	if (t->state != TASK_DRAINING || capture_is_open(&t->out) || capture_is_open(&t->err))
		return;
	loop_disarm(t->pool->loop, &t->deadline);
	t->time_left_ns = 0;
	attempt_over(t);
}

static void
reap(struct task *t)
{
	struct pool *p = t->pool;

	*keeper_note(p->keeper, t->job.slot) = 0;
	if (worker_reap(t->job.pid, &t->job) == -1)
		t->job.wstatus =
		    SIGKILL; /* taken from us by somebody's wait: how it ended is unknown, and that is a failure */
	t->job.wall_ns = clock_mono_ns() - t->start_mono_ns;
	capture_close(&t->report);
	loop_disarm(p->loop, &t->deadline);
	p->running_count--;
	pool_close_served(t);
	pool_give_back(t);
	pool_give_slot(p, t->job.slot);
	gate_relieved(&p->gate);
	move(t, &p->running, &p->draining, TASK_DRAINING);
	t->deadline.fn = drain_over;
	t->time_left_ns = 0;
	if (output_may_read(t->output))
		loop_arm(p->loop, &t->deadline, clock_mono_ns() + DRAIN_MS * NS_PER_MS);
	else
		t->time_left_ns = DRAIN_MS * NS_PER_MS;
	maybe_drained(t);
}

/*
 * An ended worker that we have told to end may leave others of its group behind. While it is not reaped the group's number is still its own, so that
 * they can be killed when the grace is over.
 */
static void
group_ended(void *arg)
{
	struct task *t = arg;

	/* A pool among its processes has groups of its own, and a keeper that ends them: while that holds its end of the jobserver, it is at it. */
	if (!os_group_alive(t->job.pid) && !(t->job.end == JOB_RAN && t->is_served && served_is_open(&t->served))) {
		reap(t);
		return;
	}
	if (clock_mono_ns() >= t->kill_mono_ns) {
		worker_signal(t->job.pid, SIGKILL);
		reap(t);
		return;
	}
	loop_arm(t->pool->loop, &t->deadline, clock_mono_ns() + GROUP_MS * NS_PER_MS);
}

/*
 * Was its process killed, and did it leave others behind? Those run on slots of ours, which are to be whole again within a second, and nobody else
 * will end them: make leaves its jobs behind when it dies of KILL.
 */
static bool
leaves_holders(const struct task *t)
{
	return t->pool->parts->serves && worker_was_killed(t->job.pid) &&
	    (os_group_alive(t->job.pid) || served_held(&t->served) > 0);
}

static void
end_holders(struct task *t)
{
	int64_t grace_ns = t->pool->options->grace_ns;

	t->state = TASK_ENDING;
	t->time_left_ns = 0;
	t->kill_mono_ns = clock_mono_ns() + (grace_ns < HOLDERS_MS * NS_PER_MS ? grace_ns : HOLDERS_MS * NS_PER_MS);
	worker_signal(t->job.pid, SIGTERM);
	worker_signal(t->job.pid, SIGCONT);
}

static void
process_ended(void *arg)
{
	struct task *t = arg;
	struct pool *p = t->pool;

	loop_unwatch_child(p->loop, &t->child);
	if (p->killed || (t->state != TASK_ENDING && !leaves_holders(t))) {
		reap(t);
		return;
	}
	t->ended = true;
	t->kill_mono_ns = t->deadline.armed ? t->deadline.at_mono_ns : 0;
	if (t->state == TASK_RUNNING)
		end_holders(t);
	loop_disarm(p->loop, &t->deadline);
	t->deadline.fn = group_ended;
	group_ended(t);
}

static void
grace_over(void *arg)
{
	task_kill(arg);
}

static void
timed_out(void *arg)
{
	struct task *t = arg;

	task_end_by(t, JOB_TIMED_OUT, SIGTERM);
}

void
task_end_by(struct task *t, enum job_end why, int sig)
{
	struct pool *p = t->pool;

	if (t->state == TASK_RUNNING && !worker_ended(t->job.pid)) {
		t->job.end = why;
		t->state = TASK_ENDING;
		t->time_left_ns = 0;
		t->deadline.fn = grace_over;
		loop_arm(p->loop, &t->deadline, clock_mono_ns() + p->options->grace_ns);
	}
	if (t->state != TASK_RUNNING && t->state != TASK_ENDING)
		return;
	worker_signal(t->job.pid, sig);
	/* A stopped one cannot hear it. */
	worker_signal(t->job.pid, SIGCONT);
}

void
task_kill(struct task *t)
{
	worker_signal(t->job.pid, SIGKILL);
	if (t->ended) {
		loop_disarm(t->pool->loop, &t->deadline);
		reap(t);
	}
}

void
task_stopped(struct task *t, int sig)
{
	if (t->stop_told || (sig != SIGTTIN && sig != SIGTTOU))
		return;
	t->stop_told = true;
	pool_say(t->pool, "job %llu (pid %d) is stopped: it %s the terminal, which a worker does not have",
	    (unsigned long long)t->job.seq, (int)t->job.pid, sig == SIGTTIN ? "reads from" : "sets or writes to");
}

static void
over(struct task *t)
{
	struct pool *p = t->pool;

	output_end(t->output);
	p->live_count--;
	task_free(t);
}

static void
attempt_over(struct task *t)
{
	struct pool *p = t->pool;
	struct job *j = &t->job;

	j->out_bytes = t->out.bytes;
	j->err_bytes = t->err.bytes;
	t->ended = t->stop_told = false;
	t->percent = -1;
	t->percent_reader = (struct percent_reader){ 0 };
	report_finished(t);
	TAILQ_REMOVE(&p->draining, t, entry);
	if (!outcome_ok(j) && j->tries_left > 0 && p->phase == POOL_GOING && j->end != JOB_INVALID) {
		t->queued_mono_ns = clock_mono_ns();
		/* The result is of the last attempt. */
		kept_free(&t->kept_out);
		kept_free(&t->kept_err);
		t->last_end = j->end;
		t->last_wstatus = j->wstatus;
		TAILQ_INSERT_TAIL(&p->waiting, t, entry);
		t->state = TASK_WAITING;
		return;
	}
	report_final(t);
	over(t);
}

void
task_drop(struct task *t)
{
	TAILQ_REMOVE(&t->pool->waiting, t, entry);
	/* What was to be tried again others may try. */
	pool_release(t);
	/* One that was never begun is as if it had not been read. */
	if (t->output == NULL) {
		task_free(t);
		return;
	}
	report_final(t);
	over(t);
}
