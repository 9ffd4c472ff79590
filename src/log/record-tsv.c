/*
 * The default log format: a header line with the names of the columns, then one line a job, its columns separated by
 * tabs.
 *
 * The command is the last column, so a line that was cut short either lacks a column or ends within the command.
 */
#include "log/record.h"

#include "base/escape.h"
#include "log/schema.h"

static void
header(struct buf *b)
{
	const char *before = "";

	for (int i = 0; i < LOG_COLUMNS; i++)
		if ((log_columns[i].by & LOG_POOL) != 0) {
			buf_adds(b, before);
			buf_adds(b, log_columns[i].name);
			before = "\t";
		}
	for (int i = 0; i < LOG_TEXTS; i++)
		if ((log_texts[i].by & LOG_POOL) != 0) {
			buf_adds(b, before);
			buf_adds(b, log_texts[i].name);
		}
	buf_addc(b, '\n');
}

static void
add_text(struct buf *b, int text, const struct record_source *s)
{
	struct buf bytes = { 0 };

	log_texts[text].add(&bytes, s);
	escape_tsv(b, bytes.data, bytes.len);
	buf_free(&bytes);
}

static void
line(struct buf *b, const struct job *j)
{
	const struct record_source s = { .job = j };

	for (int i = 0; i < LOG_COLUMNS; i++)
		if ((log_columns[i].by & LOG_POOL) != 0) {
			log_column_add(b, i, log_columns[i].of(&s));
			buf_addc(b, '\t');
		}
	for (int i = 0; i < LOG_TEXTS; i++)
		if ((log_texts[i].by & LOG_POOL) != 0) {
			add_text(b, i, &s);
			buf_addc(b, '\t');
		}
	b->data[b->len - 1] = '\n';
}

const struct record_format record_tsv = {
	.name = "tsv",
	.suffix = ".tsv",
	.header = header,
	.line = line,
};
