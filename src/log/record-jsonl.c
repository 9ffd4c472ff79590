/*
 * One JSON object a line (RFC 8259), its members named as the columns of the tsv format. A number is written as a
 * number, with the same decimals. A text that is not UTF-8 is written twice: readable, and exactly, in hex.
 */
#include "log/record.h"

#include "log/schema.h"

/* A column that only the lines of a make have is left out where it is unknown. */
static void
add_columns(struct buf *b, enum log_by by, const struct record_source *s)
{
	for (int i = 0; i < LOG_COLUMNS; i++) {
		const struct log_column *c = &log_columns[i];
		int64_t value;

		if ((c->by & by) == 0)
			continue;
		value = c->of(s);
		if (c->by != LOG_MAKE || value != log_column_nothing(i))
			log_column_add_json(b, i, value);
	}
}

static void
add_texts(struct buf *b, enum log_by by, const struct record_source *s)
{
	struct buf bytes = { 0 };

	for (int i = 0; i < LOG_TEXTS; i++) {
		bytes.len = 0;
		if ((log_texts[i].by & by) == 0 || !log_texts[i].add(&bytes, s))
			continue;
		/* JSON alone has this member: whether the command is one shell line, or words. */
		if (i == LOG_TEXT_command && s->job->command.shell)
			buf_adds(b, ",\"shell\":true");
		log_text_add_json(b, i, bytes.data, bytes.len);
	}
	buf_free(&bytes);
}

static void
add_line(struct buf *b, enum log_by by, const struct record_source *s)
{
	size_t start = b->len;

	add_columns(b, by, s);
	add_texts(b, by, s);
	b->data[start] = '{'; /* in place of the first comma */
	buf_adds(b, "}\n");
}

static void
line(struct buf *b, const struct job *j)
{
	add_line(b, LOG_POOL, &(struct record_source){ .job = j });
}

void
record_make_line(struct buf *b, const struct job *j, pid_t parent, const char *target)
{
	add_line(b, LOG_MAKE, &(struct record_source){ .job = j, .parent = parent, .target = target });
}

const struct record_format record_jsonl = {
	.name = "jsonl",
	.suffix = ".jsonl",
	.first = '{',
	.header = NULL,
	.line = line,
};
