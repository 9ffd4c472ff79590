/*
 * Invariants: an attempt is logged before it is counted, and logged once. The exit status of qpool is computed here,
 * from outcome_exit, and nowhere else.
 */
#include "pool/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "job/command.h"
#include "job/outcome.h"
#include "log/record.h"
#include "log/reports.h"
#include "output/outlet.h"
#include "sys/loop.h"

enum { REDRAW_MS = 100, IDLE_REDRAW_MS = 1000, MOST_DRAWN = 500 };

struct report {
	const struct options *options;
	struct report_parts parts;
	struct report_events events;
	void *arg;
	struct loop *loop;
	struct outlet *outlet; /* owned */
	struct timer redraw;
	bool is_dirty; /* the display is older than the last change */
	bool stdout_is_terminal;
	bool spill_reported, log_reported; /* the message about it was printed */
	uint64_t ok, failed;
	int worst;       /* exit status of all tasks so far */
	int halt_status; /* of a run that --halt ended; -1: `worst` applies */
	bool has_own_error;
};

/*
 * -- Messages -------------------------------------------------------------------------------------------------------
 */

static void
print_message(struct report *r, const char *format, va_list ap)
{
	struct buf text = { 0 }, b = { 0 };

	buf_addv(&text, format, ap);
	buf_adds(&b, "qpool: ");
	escape_visible(&b, text.data, text.len);
	buf_addc(&b, '\n');
	outlet_write(r->outlet, STDERR_FILENO, b.data, b.len);
	buf_free(&text);
	buf_free(&b);
}

void
report_message(struct report *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_message(r, format, ap);
	va_end(ap);
}

void
report_error(struct report *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_message(r, format, ap);
	va_end(ap);
	r->has_own_error = true;
}

/*
 * -- The outlet's events --------------------------------------------------------------------------------------------
 */

static void
before_write(void *arg, int fd, bool line_open)
{
	struct report *r = arg;

	if (r->parts.progress == NULL)
		return;
	/* Output on the same terminal would mix with the display. */
	if (fd == STDERR_FILENO || r->stdout_is_terminal) {
		progress_clear(r->parts.progress);
		progress_line_open(r->parts.progress, line_open);
		report_changed(r);
	}
}

static void
write_failed(void *arg, int fd, int error)
{
	struct report *r = arg;

	r->events.write_failed(r->arg, fd, error);
}

static void
spill_failed(void *arg, int error)
{
	struct report *r = arg;

	if (r->spill_reported)
		return;
	r->spill_reported = true;
	report_message(r, "waiting output: no space left (%s); new jobs wait until earlier output is written",
	    error == ENOSPC && r->options->spill_max_bytes != UINT64_MAX ? "--spill-max" : strerror(error));
}

static void
output_lost(void *arg, int error)
{
	report_error(arg, "temporary file: cannot read waiting output: %s", strerror(error));
}

static struct outlet *
open_outlet(struct report *r)
{
	static const struct outlet_events events = { before_write, write_failed, spill_failed, output_lost };
	struct outlet_config config = { .by_completion = r->options->order != ORDER_INPUT,
		.line_buffer = r->options->line_buffer,
		.tag = r->options->tag,
		.spill_max_bytes = r->options->spill_max_bytes };

	return outlet_new(r->loop, &config, &events, r);
}

static void redraw(void *arg);

struct report *
report_new(struct loop *l, const struct options *o, const struct report_parts *parts,
    const struct report_events *events, void *arg)
{
	struct report *r = mem_alloc(sizeof *r);
	int saved;

	*r = (struct report){
		.loop = l, .options = o, .parts = *parts, .events = *events, .arg = arg, .halt_status = -1
	};
	r->redraw = (struct timer){ .fn = redraw, .arg = r };
	r->stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
	r->outlet = open_outlet(r);
	if (r->outlet != NULL)
		return r;
	saved = errno;
	free(r);
	errno = saved;
	return NULL;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	outlet_free(r->outlet);
	free(r);
}

struct outlet *
report_outlet(struct report *r)
{
	return r->outlet;
}

/*
 * -- Records --------------------------------------------------------------------------------------------------------
 */

void
report_started(struct report *r, const struct job *j)
{
	struct buf b = { 0 }, text = { 0 };

	report_changed(r);
	if (!r->options->print_start)
		return;
	buf_addf(&b, "[%llu] start pid %d ", (unsigned long long)j->seq, (int)j->pid);
	command_text(&text, &j->command);
	escape_visible(&b, text.data, text.len);
	buf_free(&text);
	buf_addc(&b, '\n');
	outlet_write(r->outlet, STDERR_FILENO, b.data, b.len);
	buf_free(&b);
}

void
report_begin(struct report *r)
{
	const struct record_format *format = r->options->records;
	struct buf b = { 0 };

	if (format == NULL || format->header == NULL)
		return;
	format->header(&b);
	outlet_write(r->outlet, STDOUT_FILENO, b.data, b.len);
	buf_free(&b);
}

static void
log_failed(struct report *r)
{
	if (!r->log_reported)
		report_message(r,
		    "%s: %s; no more jobs are started, and the missing records are written as soon as possible",
		    r->options->log_path, strerror(errno));
	r->log_reported = true;
	r->has_own_error = true;
}

static void
put_record(struct output *output, const struct job *j, const struct record_format *format, int fd, bool on_terminal)
{
	struct buf b = { 0 }, shown = { 0 };

	format->line(&b, j);
	if (on_terminal)
		escape_overrides(&shown, b.data, b.len);
	output_record(output, fd, on_terminal ? shown.data : b.data, on_terminal ? shown.len : b.len);
	buf_free(&b);
	buf_free(&shown);
}

int
report_attempt(struct report *r, const struct job *j, struct output *output)
{
	int result = 0;

	if (r->parts.log != NULL && record_log_append(r->parts.log, j) == -1) {
		log_failed(r);
		result = -1;
	}
	if (r->parts.reports != NULL)
		reports_record(r->parts.reports, j);
	if (r->options->records != NULL)
		put_record(output, j, r->options->records, STDOUT_FILENO, r->stdout_is_terminal);
	if (r->parts.text_records || (r->parts.failure_records && !outcome_ok(j)))
		put_record(output, j, &record_text, STDERR_FILENO, false);
	report_changed(r);
	return result;
}

void
report_task(struct report *r, const struct job *j)
{
	int status = outcome_exit(j);

	if (outcome_ok(j))
		r->ok++;
	else
		r->failed++;
	if (status > r->worst)
		r->worst = status;
}

void
report_halted(struct report *r, int status)
{
	r->halt_status = status;
}

int
report_exit_status(const struct report *r)
{
	if (r->has_own_error)
		return EXIT_SELF;
	return r->halt_status != -1 ? r->halt_status : r->worst;
}

/*
 * -- The display ----------------------------------------------------------------------------------------------------
 */

void
report_changed(struct report *r)
{
	int64_t at;

	if (r->parts.progress == NULL || r->is_dirty)
		return;
	r->is_dirty = true;
	at = clock_mono_ns() + progress_wait_ns(r->parts.progress, clock_mono_ns());
	if (!r->redraw.armed || r->redraw.at_mono_ns > at)
		loop_arm(r->loop, &r->redraw, at);
}

static void
count(const struct report *r, struct progress_counts *c)
{
	*c = (struct progress_counts){ .done = r->ok + r->failed, .failed = r->failed };
	r->events.count(r->arg, c);
}

static int
by_slot(const void *a, const void *b)
{
	const struct progress_job *x = a, *y = b;

	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static void
draw(struct report *r, const struct progress_counts *c)
{
	struct progress_job *jobs;
	struct buf *labels;
	size_t most, n;

	/* The display shows as many jobs as the window has lines, and no window has more than these. */
	most = c->running < MOST_DRAWN ? c->running : MOST_DRAWN;
	jobs = mem_resize(NULL, most, sizeof *jobs);
	labels = mem_alloc(most * sizeof *labels);
	n = r->events.list(r->arg, jobs, labels, most);
	qsort(jobs, n, sizeof *jobs, by_slot);
	progress_draw(r->parts.progress, c, jobs, n, clock_mono_ns());
	for (size_t i = 0; i < n; i++)
		buf_free(&labels[i]);
	free(labels);
	free(jobs);
}

static void
redraw(void *arg)
{
	struct report *r = arg;
	struct progress_counts c;

	count(r, &c);
	if (!r->parts.input_is_typed || c.input_ended)
		draw(r, &c);
	r->is_dirty = false;
	/* Elapsed times advance even when nothing else happens. */
	loop_arm(r->loop, &r->redraw, clock_mono_ns() + IDLE_REDRAW_MS * NS_PER_MS);
}

void
report_clear_display(struct report *r)
{
	if (r->parts.progress != NULL)
		progress_clear(r->parts.progress);
}

void
report_resized(struct report *r)
{
	if (r->parts.progress != NULL)
		progress_resized(r->parts.progress);
}

static void
retry_log(struct report *r)
{
	if (r->parts.log == NULL || record_log_pending(r->parts.log) == 0)
		return;
	if (record_log_retry(r->parts.log) == -1)
		report_message(r, "%s: could not write %zu records: %s", r->options->log_path,
		    record_log_pending(r->parts.log), strerror(errno));
}

void
report_end(struct report *r)
{
	struct progress_counts c;

	retry_log(r);
	if (r->parts.progress == NULL)
		return;
	loop_disarm(r->loop, &r->redraw);
	count(r, &c);
	progress_finish(r->parts.progress, &c, clock_mono_ns());
}
