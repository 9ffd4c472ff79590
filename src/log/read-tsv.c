/*
 * The tsv format: columns by the names of the first line, in any order, with any others between.
 *
 * Invariant: columns[i] says what the field number i is; a line with more or fewer fields than there are names is none of ours.
 */
#include "log/reader-private.h"

#include <stdlib.h>
#include <string.h>

#include "base/unescape.h"
#include "base/mem.h"

enum { LEFT = -2, END = -3, COMMAND = -4 }; /* columns that are no numbers, or must be there */

struct tsv {
	size_t count;
	int columns[]; /* of log_column_named, or one of these */
};

static int
column_of(struct log_field name, int after)
{
	if (log_field_is(name, "left"))
		return LEFT;
	if (log_field_is(name, "end"))
		return END;
	return log_field_is(name, "command") ? COMMAND : log_column_named(name, after);
}

/* Is each of the columns among the names that no row can do without? */
static bool
has_all(const struct tsv *t)
{
	bool left = false, end = false, command = false;

	for (size_t i = 0; i < t->count; i++) {
		left |= t->columns[i] == LEFT;
		end |= t->columns[i] == END;
		command |= t->columns[i] == COMMAND;
	}
	return left && end && command;
}

static int
begins(struct log_reader *r)
{
	const char *at = r->line, *end = r->line + r->len;
	size_t names = 1;
	int after = LOG_NO_COLUMN;
	struct tsv *t;

	for (size_t i = 0; i < r->len; i++)
		names += r->line[i] == '\t';
	t = mem_alloc(sizeof(*t) + names * sizeof(t->columns[0]));
	while (at != NULL) {
		int column = column_of(log_field_next(&at, end), after);

		after = column >= 0 ? column : after;
		t->columns[t->count++] = column;
	}
	if (!has_all(t)) {
		free(t);
		return 0;
	}
	r->own = t;
	return 1;
}

/* Is it what escape_tsv leaves as it is, and are these bytes that it never changes? */
static bool
is_plain(struct log_field f)
{
	for (size_t i = 0; i < f.len; i++)
		if (f.text[i] < ' ' || f.text[i] == '\\' || f.text[i] == 0x7f)
			return false;
	return true;
}

static bool
set_command(struct log_reader *r, struct log_row *row, struct log_field f)
{
	if (is_plain(f))
		return log_field_command(row, f.text, f.len);
	r->command.len = 0;
	return unescape_tsv(&r->command, f.text, f.len) && log_field_command(row, r->command.data, r->command.len);
}

static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	const struct tsv *t = r->own;
	struct log_field left = { "", 0 }, ended = left, command = left;
	const char *at = r->line, *end = r->line + r->len;
	size_t n;

	for (n = 0; at != NULL && n < t->count; n++) {
		struct log_field f = log_field_next(&at, end);

		switch (t->columns[n]) {
		case LEFT: left = f; break;
		case END: ended = f; break;
		case COMMAND: command = f; break;
		case LOG_NO_COLUMN: break;
		default: log_column_set(row, t->columns[n], f);
		}
	}
	/* The header once more, of a log that was put behind another. */
	if (n == t->count && log_field_is(ended, "end") && log_field_is(left, "left"))
		return LOG_NOTHING;
	if (n != t->count || at != NULL || !log_field_end(row, ended, left) || !set_command(r, row, command))
		return LOG_SENSELESS;
	return LOG_ROW;
}

static void
end(struct log_reader *r)
{
	free(r->own);
}

const struct log_format log_tsv = { .name = "tsv", .begins = begins, .parse = parse, .end = end };
