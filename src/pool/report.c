/*
 * What a finished job is told to: the log, the user, the counts, the display.
 *
 * Invariants: an attempt is logged before anything of it is counted; each is logged once. The exit status is made here, from outcome_exit, and
 * nowhere else.
 */
#include "pool/pool-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "job/command.h"
#include "job/outcome.h"

enum { REDRAW_MS = 100, IDLE_REDRAW_MS = 1000, MOST_DRAWN = 500 };

void
report_dirty(struct pool *p)
{
	int64_t at;

	if (p->parts->progress == NULL || p->dirty)
		return;
	p->dirty = true;
	at = clock_mono_ns() + progress_wait_ns(p->parts->progress, clock_mono_ns());
	if (!p->redraw.armed || p->redraw.at_mono_ns > at)
		loop_arm(p->loop, &p->redraw, at);
}

void
report_started(struct task *t)
{
	struct pool *p = t->pool;
	struct buf b = { 0 };

	report_dirty(p);
	if (!p->options->say_start)
		return;
	buf_addf(&b, "[%llu] start pid %d ", (unsigned long long)t->job.seq, (int)t->job.pid);
	{
		struct buf text = { 0 };

		command_text(&text, &t->job.command);
		escape_visible(&b, text.data, text.len);
		buf_free(&text);
	}
	buf_addc(&b, '\n');
	outlet_write(p->outlet, STDERR_FILENO, b.data, b.len);
	buf_free(&b);
}

void
report_begin(struct pool *p)
{
	const struct record_format *format = p->options->records;
	struct buf b = { 0 };

	if (format == NULL || format->header == NULL)
		return;
	format->header(&b);
	outlet_write(p->outlet, STDOUT_FILENO, b.data, b.len);
	buf_free(&b);
}

static void
log_failed(struct pool *p)
{
	int why = errno;

	if (!p->log_failing)
		pool_say(p, "%s: %s; nothing new is started, and the records that could not be written are tried again",
		    p->options->log_path, strerror(why));
	p->log_failing = true;
	p->own_error = true;
	pool_stop_soon(p);
}

void
report_log_retry(struct pool *p)
{
	if (p->parts->log == NULL || record_log_pending(p->parts->log) == 0)
		return;
	if (record_log_retry(p->parts->log) == -1)
		pool_say(p, "%s: %zu records could not be written: %s", p->options->log_path,
		    record_log_pending(p->parts->log), strerror(errno));
}

static void
put_record(struct task *t, const struct record_format *format, int fd)
{
	struct buf b = { 0 };

	format->line(&b, &t->job);
	output_record(t->output, fd, b.data, b.len);
	buf_free(&b);
}

void
report_finished(struct task *t)
{
	struct pool *p = t->pool;
	const struct pool_parts *parts = p->parts;

	if (parts->log != NULL && record_log_append(parts->log, &t->job) == -1)
		log_failed(p);
	if (parts->reports != NULL)
		reports_record(parts->reports, &t->job);
	if (p->options->records != NULL)
		put_record(t, p->options->records, STDOUT_FILENO);
	if (parts->text_records || (parts->failure_records && !outcome_ok(&t->job)))
		put_record(t, &record_text, STDERR_FILENO);
	report_dirty(p);
}

static void
apply_halt(struct pool *p, int status)
{
	uint64_t total = pool_source_over(p) ? p->seq - p->skipped : 0;

	switch (halt_decide(&p->options->halt, p->ok, p->failed, total)) {
	case HALT_NEVER: return;
	case HALT_SOON:
		p->halt_status = status;
		pool_stop_soon(p);
		return;
	case HALT_NOW:
		p->halt_status = status;
		pool_stop_now(p, JOB_HALTED, SIGTERM);
		return;
	}
}

void
report_final(struct task *t)
{
	struct pool *p = t->pool;
	int status = outcome_exit(&t->job);

	pool_store_result(t);
	if (outcome_ok(&t->job))
		p->ok++;
	else
		p->failed++;
	if (status > p->worst)
		p->worst = status;
	if (p->halt_status == -1 && p->phase == POOL_GOING)
		apply_halt(p, status);
}

static struct progress_counts
counts(const struct pool *p)
{
	const struct input *in = p->parts->input;

	return (struct progress_counts){
		.done = p->ok + p->failed,
		.failed = p->failed,
		.skipped = p->skipped,
		.known = p->seq - p->skipped + input_buffered_lines(in) / p->options->max_lines,
		.input_ended = p->parts->queue != NULL ? p->queue.ended : input_ended(in),
		.running = p->running_count,
	};
}

static int
by_slot(const void *a, const void *b)
{
	const struct progress_job *x = a, *y = b;

	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* The display shows as many as the window has lines; nobody has more than these. */
static size_t
collect(struct pool *p, struct progress_job *jobs, struct buf *labels)
{
	struct task *t;
	size_t n = 0;

	TAILQ_FOREACH (t, &p->running, entry) {
		if (n == MOST_DRAWN)
			break;
		command_text(&labels[n], &t->job.command);
		buf_addc(&labels[n], '\0');
		jobs[n] = (struct progress_job){ .slot = t->job.slot,
			.seq = t->job.seq,
			.start_mono_ns = t->start_mono_ns,
			.percent = t->percent,
			.label = labels[n].data };
		n++;
	}
	qsort(jobs, n, sizeof *jobs, by_slot);
	return n;
}

void
report_redraw(void *arg)
{
	struct pool *p = arg;
	struct progress_counts c = counts(p);
	size_t room = p->running_count < MOST_DRAWN ? p->running_count : MOST_DRAWN, n;
	struct progress_job *jobs = mem_resize(NULL, room, sizeof *jobs);
	struct buf *labels = mem_alloc(room * sizeof *labels);

	n = collect(p, jobs, labels);
	progress_draw(p->parts->progress, &c, jobs, n, clock_mono_ns());
	for (size_t i = 0; i < n; i++)
		buf_free(&labels[i]);
	free(labels);
	free(jobs);
	p->dirty = false;
	/* The elapsed times go on even when nothing else happens. */
	loop_arm(p->loop, &p->redraw, clock_mono_ns() + IDLE_REDRAW_MS * NS_PER_MS);
}

void
report_end(struct pool *p)
{
	struct progress_counts c = counts(p);

	if (p->parts->progress == NULL)
		return;
	loop_disarm(p->loop, &p->redraw);
	progress_finish(p->parts->progress, &c, clock_mono_ns());
}
