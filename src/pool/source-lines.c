/*
 * Invariants: each line becomes a task, is skipped because --resume has it as finished, or is refused with a message.
 * Nothing is read while no task is wanted, except ahead for the display and to be spilled for a starved pool. With -n
 * the lines of the next task gather in `batch`.
 */
#include "pool/source-lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "job/template.h"
#include "log/resume.h"
#include "pool/report.h"
#include "sys/loop.h"

enum { READ_AHEAD = 64 << 10 };

/* Limit of spilled input in bytes, whatever --spill-max says: the input may have no end. */
#define SPILL_MOST (UINT64_C(1) << 30)

struct source_lines {
	struct source head;
	struct input *input; /* borrowed */
	const struct options *options;
	const struct task_template *template;
	struct resume *resume; /* borrowed; NULL */
	bool reads_ahead;
	struct watch watch;
	struct buf batch; /* lines of the next task, each with a NUL */
	size_t batch_lines;
	size_t batch_size;     /* of the command with these lines, as template_size counts */
	uint64_t batch_number; /* of its first line */
	size_t size_empty;     /* of the command without lines */
	struct buf given;      /* the batch that the last unit points to */
};

static struct source_lines *
lines_of(struct source *s)
{
	return (struct source_lines *)s;
}

static void
input_error(struct source_lines *s, int error)
{
	report_error(s->head.report, "%s: %s", s->head.name, strerror(error));
}

static int
begin(struct source *head)
{
	struct source_lines *s = lines_of(head);
	struct arguments none = { 0 };

	s->size_empty = s->batch_size = template_size(s->template, none);
	return 0;
}

/*
 * -- Lines to units -------------------------------------------------------------------------------------------------
 */

static void
give_line(struct source_lines *s, const struct line *line, struct unit *u)
{
	*u = (struct unit){ .seq = ++s->head.given,
		.bytes = line->text,
		.len = line->len + 1,
		.line_count = 1,
		.number = line->number };
}

static void
give_batch(struct source_lines *s, struct unit *u)
{
	struct buf former = s->given;

	s->given = s->batch;
	*u = (struct unit){ .seq = ++s->head.given,
		.bytes = s->given.data,
		.len = s->given.len,
		.line_count = s->batch_lines,
		.number = s->batch_number };
	former.len = 0;
	s->batch = former;
	s->batch_lines = 0;
	s->batch_size = s->size_empty;
}

/* What one more line adds to the size of the command. */
static size_t
size_of(const struct source_lines *s, const char *text)
{
	struct arguments one = { .text = &text, .count = 1 };

	return template_size(s->template, one) - s->size_empty;
}

static void
add_to_batch(struct source_lines *s, const struct line *line, size_t size)
{
	if (s->batch_lines == 0)
		s->batch_number = line->number;
	buf_add(&s->batch, line->text, line->len + 1);
	s->batch_lines++;
	s->batch_size += size;
}

/* Adds a line. true: that completes a unit. */
static bool
take_line(struct source_lines *s, const struct line *line, struct unit *u)
{
	bool is_complete = false;
	size_t size;

	if (s->options->max_lines == 1) {
		give_line(s, line, u);
		return true;
	}
	size = size_of(s, line->text);
	if (s->batch_lines > 0 && s->batch_size + size > s->head.argument_space) {
		give_batch(s, u);
		is_complete = true;
	}
	add_to_batch(s, line, size);
	if (!is_complete && s->batch_lines == s->options->max_lines) {
		give_batch(s, u);
		is_complete = true;
	}
	return is_complete;
}

static void
refuse(struct source_lines *s, enum lines_result why, const struct line *line, struct unit *u)
{
	unsigned long long number = line->number;

	if (why == LINES_NUL)
		report_message(s->head.report,
		    "%s:%llu: line contains a NUL byte, which an argument cannot contain; "
		    "use -0 for NUL-separated input",
		    s->head.name, number);
	else
		report_message(s->head.report,
		    "%s:%llu: line has %zu bytes, but an argument can have at most %zu; "
		    "shorten it, or put it into a file",
		    s->head.name, number, line->len, s->head.longest_argument - 1);
	*u = (struct unit){ .seq = ++s->head.given,
		.bytes = line->text != NULL ? line->text : "",
		.len = line->text != NULL ? strlen(line->text) + 1 : 1,
		.line_count = 1,
		.number = line->number,
		.refused = true };
}

static bool
next_unit(struct source_lines *s, struct unit *u)
{
	enum lines_result got;
	struct line line;

	for (;;) {
		got = input_next(s->input, &line);
		switch (got) {
		case LINES_LINE:
			if (take_line(s, &line, u))
				return true;
			break;
		case LINES_NONE:
			if (!input_ended(s->input) || s->batch_lines == 0)
				return false;
			give_batch(s, u);
			return true;
		case LINES_NUL:
		case LINES_LONG: refuse(s, got, &line, u); return true;
		}
	}
}

/* Has --resume this task as finished? */
static bool
is_finished(struct source_lines *s, const struct unit *u)
{
	const char **lines, *at = u->bytes;
	struct command c;
	bool finished;

	if (s->resume == NULL || u->refused)
		return false;
	lines = mem_resize(NULL, u->line_count, sizeof *lines);
	for (size_t i = 0; i < u->line_count; i++, at += strlen(at) + 1)
		lines[i] = at;
	template_expand(s->template, (struct arguments){ .text = lines, .count = u->line_count }, u->seq, 0, &c);
	finished = resume_done(s->resume, &c);
	command_free(&c);
	free(lines);
	return finished;
}

static bool
next(struct source *head, struct unit *u)
{
	struct source_lines *s = lines_of(head);
	int error = input_failed(s->input);

	if (error != 0)
		input_error(s, error);
	while (next_unit(s, u)) {
		if (!is_finished(s, u))
			return true;
		head->skipped++;
		report_changed(head->report);
	}
	return false;
}

static bool
is_drained(const struct source *head)
{
	const struct source_lines *s = (const struct source_lines *)head;

	if (head->demand->stopping)
		return true;
	return input_ended(s->input) && input_buffered_bytes(s->input) == 0 && s->batch_lines == 0;
}

static bool
has_ended(const struct source *head)
{
	return input_ended(((const struct source_lines *)head)->input);
}

static uint64_t
count_buffered(const struct source *head)
{
	const struct source_lines *s = (const struct source_lines *)head;

	return input_buffered_lines(s->input) / s->options->max_lines;
}

/*
 * -- Reading --------------------------------------------------------------------------------------------------------
 */

/*
 * Two pools in a pipe of one recipe share its one slot. If the first one's job can only continue once we read what it
 * writes, and nothing can pay for a job of ours until then, our input is spilled.
 */
static bool
spills(const struct source_lines *s)
{
	return s->head.demand->starved && !s->head.full;
}

static bool
wants_input(const struct source_lines *s)
{
	if (s->head.demand->stopping)
		return false;
	if (s->reads_ahead && input_buffered_bytes(s->input) < READ_AHEAD)
		return true;
	return spills(s) ? input_can_spill(s->input) : s->head.demand->wanted;
}

static uint64_t
spill_max_bytes(const struct source_lines *s)
{
	return s->options->spill_max_bytes < SPILL_MOST ? s->options->spill_max_bytes : SPILL_MOST;
}

static void
readable(void *arg, unsigned events)
{
	struct source_lines *s = arg;

	(void)events;
	if (spills(s) && input_can_spill(s->input))
		s->head.full = input_spill(s->input, spill_max_bytes(s)) == -1;
	else if (input_fill(s->input) == -1)
		input_error(s, errno);
	if (input_ended(s->input))
		loop_unwatch(s->head.loop, &s->watch);
	report_changed(s->head.report);
}

static int
update(struct source *head)
{
	struct source_lines *s = lines_of(head);

	if (input_ended(s->input))
		return 0;
	return loop_watch(head->loop, &s->watch, wants_input(s) ? LOOP_IN : 0);
}

static void
end(struct source *head)
{
	struct source_lines *s = lines_of(head);

	if (head->loop != NULL)
		loop_unwatch(head->loop, &s->watch);
	head->loop = NULL;
}

static void
source_lines_free(struct source *head)
{
	struct source_lines *s = lines_of(head);

	buf_free(&s->batch);
	buf_free(&s->given);
	free(s);
}

static const struct source_body source_lines_body = {
	.begin = begin,
	.next = next,
	.update = update,
	.is_drained = is_drained,
	.has_ended = has_ended,
	.count_buffered = count_buffered,
	.end = end,
	.free = source_lines_free,
};

struct source *
source_lines_new(
    struct input *in, const struct options *o, const struct task_template *t, struct resume *resume, bool reads_ahead)
{
	struct source_lines *s = mem_alloc(sizeof *s);

	s->head = (struct source){ .body = &source_lines_body, .name = input_name(in) };
	s->input = in;
	s->options = o;
	s->template = t;
	s->resume = resume;
	s->reads_ahead = reads_ahead;
	s->watch = (struct watch){ .fd = input_fd(in), .fn = readable, .arg = s };
	return &s->head;
}
