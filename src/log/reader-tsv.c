/*
 * The tsv format: the first line names the columns, which may come in any order and with others among them.
 *
 * Invariant: columns[i] is what field i of a line is; a line with more or fewer fields than the header makes no sense.
 */
#include "log/reader-private.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/unescape.h"

struct tsv {
	size_t count;
	int columns[]; /* LOG_COLUMN_*; LOG_COLUMNS + LOG_TEXT_*; or LOG_NO_COLUMN */
};

/* Is it a text that a line must have? qpool alone writes tsv, so a line has the texts that qpool records. */
static bool
is_text(int text)
{
	return text != LOG_NO_TEXT && (log_texts[text].by & LOG_POOL) != 0;
}

static int
column_of(struct log_field name, int after)
{
	int text = log_text_named(name);

	return is_text(text) ? LOG_COLUMNS + text : log_column_named(name, after);
}

/* Does the header name every column that a record must have? */
static bool
has_all(const struct tsv *t)
{
	uint64_t columns = 0;
	unsigned texts = 0;

	for (size_t i = 0; i < t->count; i++)
		if (t->columns[i] >= LOG_COLUMNS)
			texts |= 1U << (t->columns[i] - LOG_COLUMNS);
		else if (t->columns[i] != LOG_NO_COLUMN)
			columns |= UINT64_C(1) << t->columns[i];
	for (int i = 0; i < LOG_TEXTS; i++)
		if (is_text(i) && (texts & 1U << i) == 0)
			return false;
	return (columns & log_columns_required) == log_columns_required;
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

		after = column != LOG_NO_COLUMN && column < LOG_COLUMNS ? column : after;
		t->columns[t->count++] = column;
	}
	if (!has_all(t)) {
		free(t);
		return 0;
	}
	r->own = t;
	return 1;
}

/* Does escape_tsv leave these bytes as they are? */
static bool
is_plain(struct log_field f)
{
	for (size_t i = 0; i < f.len; i++)
		if (f.text[i] < ' ' || f.text[i] == '\\' || f.text[i] == 0x7f)
			return false;
	return true;
}

static bool
set_text(struct log_reader *r, struct log_row *row, int text, struct log_field f)
{
	struct buf *b = &r->text[text];

	if (is_plain(f))
		return log_row_set_text(row, text, f.text, f.len);
	b->len = 0;
	return unescape_tsv(b, f.text, f.len) && log_row_set_text(row, text, b->data, b->len);
}

/*
 * Is the line the header again, because one log was appended to another? The columns that a record must have show it.
 */
static bool
is_header(const struct log_reader *r, const struct tsv *t)
{
	const char *at = r->line, *end = r->line + r->len;
	size_t n;

	for (n = 0; at != NULL && n < t->count; n++) {
		struct log_field f = log_field_next(&at, end);
		int column = t->columns[n];

		if (column != LOG_NO_COLUMN && column < LOG_COLUMNS && (log_columns_required >> column & 1) != 0 &&
		    !log_field_is(f, log_columns[column].name))
			return false;
	}
	return n == t->count;
}

static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	const struct tsv *t = r->own;
	const char *at = r->line, *end = r->line + r->len;
	bool good = true;
	size_t n;

	for (n = 0; at != NULL && n < t->count && good; n++) {
		struct log_field f = log_field_next(&at, end);
		int column = t->columns[n];

		if (column >= LOG_COLUMNS)
			good = set_text(r, row, column - LOG_COLUMNS, f);
		else if (column != LOG_NO_COLUMN)
			good = log_column_set(&row->job, column, f);
	}
	if (good && n == t->count && at == NULL)
		return LOG_ROW;
	return is_header(r, t) ? LOG_NOTHING : LOG_SENSELESS;
}

static void
end(struct log_reader *r)
{
	free(r->own);
}

const struct log_format log_tsv = { .name = "tsv", .by_end = true, .begins = begins, .parse = parse, .end = end };
