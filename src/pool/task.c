/* Invariant: a claim is finished or released exactly once, and then 0. */
#include "pool/task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "job/command.h"
#include "output/outlet.h"
#include "pool/attempt-output.h"
#include "pool/report.h"
#include "pool/source.h"

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

/*
 * -- Output ---------------------------------------------------------------------------------------------------------
 */

/* errno: its output could not be kept for its result. */
static void
lose(struct task *t)
{
	const struct attempt_shared *shared = &t->shared->attempts;

	report_error(shared->report, "%s:%llu: cannot keep the output with the result: %s", shared->source->name,
	    (unsigned long long)t->claim, strerror(errno));
	attempt_lose_output(&t->attempt);
}

/* What a claimed task prints is kept for its result too. */
static void
keep(struct task *t, struct kept *k, const char *bytes, size_t len)
{
	if (t->claim != 0 && kept_add(k, bytes, len) == -1)
		lose(t);
}

static void
on_out(void *arg, int stream, const char *bytes, size_t len)
{
	struct task *t = ((struct attempt *)arg)->task;

	output_feed(t->output, stream, bytes, len);
	keep(t, &t->kept_out, bytes, len);
}

static void
on_err(void *arg, int stream, const char *bytes, size_t len)
{
	struct task *t = ((struct attempt *)arg)->task;

	output_feed(t->output, stream, bytes, len);
	keep(t, &t->kept_err, bytes, len);
}

static void
on_flow(void *arg, bool on)
{
	struct task *t = arg;

	attempt_flow(&t->attempt, on);
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
	if (t->shared->attempts.options->tag)
		make_tag(t, &tag);
	t->output = outlet_begin(t->shared->outlet, tag.data, on_flow, t);
	buf_free(&tag);
}

/*
 * -- Life -----------------------------------------------------------------------------------------------------------
 */

struct task *
task_new(struct task_shared *shared, const struct unit *u)
{
	struct task *t = mem_alloc(sizeof *t);

	t->shared = shared;
	t->bytes = mem_dup(u->bytes, u->len);
	t->line_count = u->line_count;
	t->number = u->number;
	t->claim = u->claim;
	split_lines(t);
	t->attempt.on_out = on_out;
	t->attempt.on_err = on_err;
	attempt_init(&t->attempt, &shared->attempts, t, u->seq, u->claim);
	return t;
}

void
task_free(struct task *t)
{
	attempt_free(&t->attempt);
	kept_free(&t->kept_out);
	kept_free(&t->kept_err);
	free(t->path);
	free(t->lines);
	free(t->bytes);
	free(t);
}

bool
task_has_begun(const struct task *t)
{
	return t->output != NULL;
}

/* Sets up the job of the next attempt; the slot must be known, since the command may name it. */
static void
begin_job(struct task *t, unsigned slot)
{
	struct arguments args = { .text = t->lines, .count = t->line_count };
	struct job *j = &t->attempt.job;
	uint64_t seq = j->seq, task_id = j->task_id;
	unsigned attempt = j->attempt + 1;

	command_free(&j->command);
	*j = (struct job){ .seq = seq, .task_id = task_id, .attempt = attempt, .slot = slot, .end = JOB_RAN };
	j->tries_left = t->shared->attempts.options->tries - attempt;
	template_expand(t->shared->template, args, seq, slot, &j->command);
}

static void
report_size(const struct task *t)
{
	const struct attempt_shared *shared = &t->shared->attempts;

	report_message(shared->report,
	    "%s:%llu: arguments too long (limit: %zu bytes each, %zu in total); use a smaller -n or shorter lines",
	    shared->source->name, (unsigned long long)t->number, shared->kit.longest_argument,
	    shared->kit.argument_space);
}

/* The program's path: the run's, or looked up for this job if word 0 has a placeholder. 0 or errno. */
static int
find_program(struct task *t, const char **path)
{
	int why;

	*path = t->shared->program;
	if (*path != NULL)
		return 0;
	free(t->path);
	why = worker_find(t->attempt.job.command.argv[0], &t->path);
	*path = t->path;
	return why;
}

/* It is paid for. */
static enum attempt_result
launch(struct task *t)
{
	struct attempt *a = &t->attempt;
	const char *path;
	int why;

	/* Arguments that execve(2) would refuse are reported with their line, before anything is made for them. */
	if (!worker_fits(&t->shared->attempts.kit, &a->job.command)) {
		report_size(t);
		a->job.tries_left = 0;
		return attempt_fail(a, JOB_INVALID, E2BIG);
	}
	why = find_program(t, &path);
	return why != 0 ? attempt_fail(a, JOB_NOT_RUN, why) : attempt_launch(a, path);
}

enum attempt_result
task_start(struct task *t, unsigned slot, bool unpaid)
{
	struct attempt *a = &t->attempt;
	enum attempt_result got = attempt_acquire(a, slot, unpaid);

	if (got != ATTEMPT_OK)
		return got;
	begin_job(t, slot);
	got = launch(t);
	if (got == ATTEMPT_DEFERRED)
		return got;
	begin_output(t);
	if (got == ATTEMPT_OK) {
		attempt_read_output(a, t->output);
		report_started(t->shared->attempts.report, &a->job);
	}
	return got;
}

void
task_refuse(struct task *t)
{
	begin_job(t, 0);
	t->attempt.job.tries_left = 0;
	attempt_fail(&t->attempt, JOB_INVALID, E2BIG);
	begin_output(t);
}

void
task_print(struct task *t)
{
	struct buf b = { 0 };

	begin_job(t, 1);
	command_text(&b, &t->attempt.job.command);
	buf_addc(&b, '\n');
	begin_output(t);
	output_feed(t->output, STDOUT_FILENO, b.data, b.len);
	buf_free(&b);
	source_release_at_end(t->shared->attempts.source, t->claim);
	t->claim = 0;
}

int
task_record(struct task *t)
{
	/* First, because a job whose output is lost has failed. */
	if (t->claim != 0 && (kept_seal(&t->kept_out) == -1 || kept_seal(&t->kept_err) == -1))
		lose(t);
	return report_attempt(t->shared->attempts.report, &t->attempt.job, t->output);
}

void
task_wait_again(struct task *t)
{
	attempt_queue(&t->attempt);
	kept_free(&t->kept_out);
	kept_free(&t->kept_err);
}

void
task_release(struct task *t)
{
	source_release(t->shared->attempts.source, t->claim);
	t->claim = 0;
}

void
task_finish(struct task *t)
{
	if (t->claim != 0)
		source_store(t->shared->attempts.source, &t->attempt.job, &t->kept_out, &t->kept_err);
	t->claim = 0;
	report_task(t->shared->attempts.report, &t->attempt.job);
}

void
task_end(struct task *t)
{
	output_end(t->output);
	task_free(t);
}
