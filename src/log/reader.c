/*
 * Invariants: `line` has the line of the last call without its newline; the texts of a row point into it, or into
 * memory of the format. Lines have any length, and memory is needed for the longest one only. A last line without a
 * newline is torn, whatever it looks like: a command that was cut short would be taken for another command.
 */
#include "log/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>

#include "base/append.h"
#include "log/reader-private.h"
#include "base/mem.h"

/* Tried in this order on the first line. */
static const struct log_format *const formats[] = { &log_jsonl, &log_joblog, &log_trace, &log_ninja, &log_tsv };

/* Finds the format of the first line. -1 with errno. */
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
		r->again = begins == 2;
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
	n = getline(&r->line, &r->capacity, r->f);
	if (n == -1) {
		if (feof(r->f))
			errno = 0;
		return -1;
	}
	r->number++;
	r->whole = r->line[n - 1] == '\n';
	r->len = (size_t)n - r->whole;
	/* A copy from a system with CRLF. The first line of a log never ends in a carriage return of its own. */
	if (r->number == 1)
		r->crlf = r->whole && r->len > 0 && r->line[r->len - 1] == '\r';
	r->len -= r->crlf && r->whole && r->len > 0 && r->line[r->len - 1] == '\r';
	return 0;
}

/*
 * A log begins with a printable byte. Without one, looking for the end of the first line would be a waste. -1 with
 * errno.
 */
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

/* Reads the first line and finds its format. -1 with errno. */
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

/* Parses the line that was read last. */
static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	if (!r->whole || (r->len > 0 && r->line[r->len - 1] == APPEND_TORN))
		return LOG_SENSELESS;
	log_row_clear(row);
	return r->format->parse(r, row);
}

/* The next row that the format kept until the end. */
static int
last(struct log_reader *r, struct log_row *row)
{
	log_row_clear(row);
	r->ended = true;
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
		if (r->ended)
			return last(r, row);
		if (r->again)
			r->again = false;
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

bool
log_reader_by_end(const struct log_reader *r)
{
	return r->format != NULL && r->format->by_end;
}

void
log_reader_free(struct log_reader *r)
{
	if (r == NULL)
		return;
	if (r->format != NULL && r->format->end != NULL)
		r->format->end(r);
	free(r->line);
	for (int i = 0; i < LOG_TEXTS; i++)
		buf_free(&r->text[i]);
	buf_free(&r->key);
	buf_free(&r->value);
	free(r);
}
