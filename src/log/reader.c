/*
 * Invariants: `line` holds the line of the last call without its newline; a row's texts point into it, or into what the format holds.
 * Lines have any length; nothing but the longest one is held here. A last line without a newline is torn, whatever it looks like:
 * a command cut short would be taken for another command.
 */
#include "log/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>

#include "base/append.h"
#include "log/reader-private.h"
#include "base/mem.h"

/* Which one a log is of is asked of each, in this order. */
static const struct log_format *const formats[] = { &log_jsonl, &log_joblog, &log_trace, &log_ninja, &log_tsv };

static const struct log_row unknown = {
	.start_us = LOG_UNKNOWN,
	.wall_us = LOG_UNKNOWN,
	.user_us = LOG_UNKNOWN,
	.sys_us = LOG_UNKNOWN,
	.queued_us = LOG_UNKNOWN,
	.token_us = LOG_UNKNOWN,
	.maxrss_kib = LOG_UNKNOWN,
	.out_bytes = LOG_UNKNOWN,
	.err_bytes = LOG_UNKNOWN,
	.command = "",
	.target = "",
};

/* Chooses how to read by the first line. -1 with errno. */
static int
choose(struct log_reader *r)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		int begins = formats[i]->begins(r);

		if (begins == -1)
			return -1;
		if (begins == 0)
			continue;
		r->format = formats[i];
		r->held = begins == 2;
		return 0;
	}
	errno = EINVAL;
	return -1;
}

/* Reads the next line. -1: the end with errno 0, or an error. */
static int
read_line(struct log_reader *r)
{
	ssize_t n;

	errno = 0;
	n = getline(&r->line, &r->room, r->f);
	if (n == -1) {
		if (feof(r->f))
			errno = 0;
		return -1;
	}
	r->number++;
	r->whole = r->line[n - 1] == '\n';
	r->len = (size_t)n - r->whole;
	return 0;
}

/* No log begins with another byte: nothing is gained by looking for the end of such a first line. -1 with errno. */
static int
check_byte(FILE *f)
{
	int c;

	errno = 0;
	c = getc(f);
	if (c == EOF)
		return ferror(f) ? -1 : 0;
	if (c >= ' ' && c <= '~')
		return ungetc(c, f) == EOF ? -1 : 0;
	errno = EINVAL;
	return -1;
}

/* The first line, and which format it is of. -1 with errno. */
static int
begin(struct log_reader *r)
{
	if (check_byte(r->f) == -1)
		return -1;
	if (read_line(r) == -1)
		return errno == 0 ? 0 : -1;
	return choose(r);
}

struct log_reader *
log_reader_new(FILE *f)
{
	struct log_reader *r = mem_alloc(sizeof(*r));
	int error;

	r->f = f;
	if (begin(r) == 0)
		return r;
	error = errno;
	log_reader_free(r);
	errno = error;
	return NULL;
}

/* A time beyond belief is unknown. */
static void
bound_times(struct log_row *row)
{
	int64_t *const times[] = { &row->start_us, &row->wall_us, &row->user_us, &row->sys_us, &row->queued_us,
		&row->token_us };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (*times[i] < 0 || *times[i] > LOG_TIME_MOST)
			*times[i] = LOG_UNKNOWN;
}

/* The line that was read: a row, senseless, or nothing. */
static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	enum log_parsed parsed;

	if (!r->whole || (r->len > 0 && r->line[r->len - 1] == APPEND_TORN))
		return LOG_SENSELESS;
	*row = unknown;
	parsed = r->format->parse(r, row);
	bound_times(row);
	return parsed;
}

/* What the format has kept until the end. */
static int
last(struct log_reader *r, struct log_row *row)
{
	*row = unknown;
	r->over = true;
	if (r->format != NULL && r->format->last != NULL && r->format->last(r, row))
		return 1;
	errno = 0;
	return -1;
}

int
log_reader_next(struct log_reader *r, struct log_row *row)
{
	enum log_parsed parsed;

	do {
		if (r->over)
			return last(r, row);
		if (r->held)
			r->held = false;
		else if (read_line(r) == -1)
			return errno == 0 ? last(r, row) : -1;
		parsed = parse(r, row);
	} while (parsed == LOG_NOTHING);
	return parsed == LOG_ROW ? 1 : 0;
}

uint64_t
log_reader_line(const struct log_reader *r)
{
	return r->number;
}

bool
log_reader_whole(const struct log_reader *r)
{
	return r->whole;
}

const char *
log_reader_format(const struct log_reader *r)
{
	return r->format != NULL ? r->format->name : "";
}

void
log_reader_free(struct log_reader *r)
{
	if (r == NULL)
		return;
	if (r->format != NULL && r->format->end != NULL)
		r->format->end(r);
	free(r->line);
	buf_free(&r->command);
	buf_free(&r->target);
	buf_free(&r->key);
	buf_free(&r->value);
	free(r);
}
