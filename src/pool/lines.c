/*
 * From lines to tasks.
 *
 * Invariants: a line is turned into a task, or told as one that cannot be, or skipped as done: none vanishes. Nothing is read while no task is
 * wanted. With -n the lines of one job are gathered in pool.batch.
 */
#include "pool/pool-private.h"

#include <string.h>

enum { READ_AHEAD = 64 << 10 }; /* with a display: to know how many are to come */

static struct task *
batch_task(struct pool *p)
{
	struct task *t = task_new(p, p->batch.data, p->batch.len, p->batch_lines, p->batch_number);

	p->batch.len = p->batch_lines = 0;
	p->batch_size = p->size_empty;
	return t;
}

/* What one more line adds to the size of the command. */
static size_t
size_of(struct pool *p, const char *text)
{
	struct arguments one = { .text = &text, .count = 1 };

	return template_size(p->parts->template, one) - p->size_empty;
}

static void
add_to_batch(struct pool *p, const struct line *line, size_t size)
{
	if (p->batch_lines == 0)
		p->batch_number = line->number;
	buf_add(&p->batch, line->text, line->len + 1);
	p->batch_lines++;
	p->batch_size += size;
}

/* Adds a line; the task that is complete by that, if any. */
static struct task *
take_line(struct pool *p, const struct line *line)
{
	struct task *full = NULL;
	size_t size;

	if (p->options->max_lines == 1)
		return task_new(p, line->text, line->len + 1, 1, line->number);
	size = size_of(p, line->text);
	if (p->batch_lines > 0 && p->batch_size + size > p->kit.argument_room)
		full = batch_task(p);
	add_to_batch(p, line, size);
	if (full == NULL && p->batch_lines == p->options->max_lines)
		full = batch_task(p);
	return full;
}

void
pool_refuse_line(struct pool *p, enum lines_result why, const struct line *line, uint64_t claimed)
{
	const char *name = input_name(p->parts->input);
	unsigned long long number = line->number;
	struct task *t;

	if (why == LINES_NUL)
		pool_say(p,
		    p->parts->queue != NULL
			? "%s:%llu: the task holds a NUL byte, which no argument can; fill the queue with qctl put -0"
			: "%s:%llu: the line holds a NUL byte, which no argument can; use -0 for NUL-separated input",
		    name, number);
	else
		pool_say(p,
		    "%s:%llu: the line has %zu bytes, more than the %zu that one argument may have; shorten it, or put it into a file",
		    name, number, line->len, p->kit.longest_argument - 1);
	t = task_new(
	    p, line->text != NULL ? line->text : "", line->text != NULL ? strlen(line->text) + 1 : 1, 1, line->number);
	t->claimed = claimed;
	task_fail_unread(t);
}

static struct task *
next_from_lines(struct pool *p)
{
	struct line line;
	struct task *t;

	for (;;) {
		switch (input_next(p->parts->input, &line)) {
		case LINES_LINE:
			t = take_line(p, &line);
			if (t != NULL)
				return t;
			break;
		case LINES_NONE:
			if (input_ended(p->parts->input) && p->batch_lines > 0)
				return batch_task(p);
			return NULL;
		case LINES_NUL: pool_refuse_line(p, LINES_NUL, &line, 0); break;
		case LINES_LONG: pool_refuse_line(p, LINES_LONG, &line, 0); break;
		}
		/* A refused line may have halted the run. */
		if (p->phase != POOL_GOING)
			return NULL;
	}
}

static bool
is_done(struct pool *p, struct task *t)
{
	struct arguments args = { .text = t->lines, .count = t->line_count };
	struct command c;
	bool done;

	if (p->parts->resume == NULL)
		return false;
	template_expand(p->parts->template, args, t->job.seq, 0, &c);
	done = resume_done(p->parts->resume, &c);
	command_free(&c);
	return done;
}

struct task *
pool_next_task(struct pool *p)
{
	struct task *t;
	int error = input_failed(p->parts->input);

	if (p->parts->queue != NULL)
		return pool_next_claimed(p);
	if (error != 0)
		pool_input_failed(p, error);
	while ((t = next_from_lines(p)) != NULL) {
		if (!is_done(p, t))
			return t;
		p->skipped++;
		report_dirty(p);
		task_free(t);
	}
	return NULL;
}

bool
pool_source_over(const struct pool *p)
{
	if (p->parts->queue != NULL)
		return pool_queue_over(p);
	return input_ended(p->parts->input) && input_buffered_bytes(p->parts->input) == 0 && p->batch_lines == 0;
}

static bool
wants_input(struct pool *p)
{
	if (input_ended(p->parts->input) || p->phase != POOL_GOING)
		return false;
	if (p->parts->progress != NULL && input_buffered_bytes(p->parts->input) < READ_AHEAD)
		return true;
	if (pool_puts_aside(p))
		return input_can_spill(p->parts->input);
	return TAILQ_EMPTY(&p->waiting) && pool_may_start(p);
}

int
pool_watch_input(struct pool *p)
{
	if (p->parts->queue != NULL || input_ended(p->parts->input))
		return 0;
	return loop_watch(p->loop, &p->input_watch, wants_input(p) ? LOOP_IN : 0);
}
