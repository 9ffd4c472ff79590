/*
 * GNU parallel's joblog; joblog.def lists its columns. Invariant: the command goes on to the end of the line, tabs
 * included, and a NUL in it is a newline.
 */
#include "log/reader-private.h"

#include <string.h>

enum { TIMED_OUT = -1 }; /* the Exitval of a job that timed out and did not give a status of its own */

/* A line while it is read. */
struct line {
	struct log_job *job;
	int64_t value; /* Exitval */
};

static int32_t
positive(int64_t n)
{
	return n > 0 && n <= INT32_MAX ? (int32_t)n : 0;
}

/* read_NAME: reads the column NAME. false: the line makes no sense. */

static bool
read_Seq(struct line *l, struct log_field f)
{
	int64_t seq;

	if (!log_field_number(f, &seq))
		return false;
	l->job->seq = seq > 0 ? (uint64_t)seq : 0;
	return true;
}

static bool
read_Host(struct line *l, struct log_field f)
{
	(void)l;
	(void)f;
	return true;
}

/* GNU parallel prints three decimals, behind a comma in some locales. */
static char
point_of(struct log_field f)
{
	return memchr(f.text, ',', f.len) != NULL && memchr(f.text, '.', f.len) == NULL ? ',' : '.';
}

static bool
read_Starttime(struct line *l, struct log_field f)
{
	l->job->start_us = log_field_time(f, point_of(f));
	l->job->is_odd |= l->job->start_us == LOG_UNKNOWN;
	return true;
}

static bool
read_JobRuntime(struct line *l, struct log_field f)
{
	/* Negative if the clock was set back meanwhile. */
	l->job->wall_us = log_field_seconds(f, point_of(f));
	l->job->is_odd |= l->job->wall_us == LOG_UNKNOWN;
	return true;
}

static bool
read_Send(struct line *l, struct log_field f)
{
	return read_Host(l, f);
}

static bool
read_Receive(struct line *l, struct log_field f)
{
	l->job->out_bytes = log_field_count(f);
	return true;
}

static bool
read_Exitval(struct line *l, struct log_field f)
{
	if (!log_field_number(f, &l->value))
		return false;
	l->job->status = positive(l->value);
	return true;
}

/* Comes after Exitval, so the outcome is known now. */
static bool
read_Signal(struct line *l, struct log_field f)
{
	int64_t signal;

	if (!log_field_number(f, &signal))
		return false;
	l->job->signal = positive(signal);
	if (l->value == TIMED_OUT)
		l->job->outcome = OUTCOME_TIMEOUT;
	else if (signal != 0)
		l->job->outcome = OUTCOME_SIGNAL;
	else
		l->job->outcome = l->value == 0 ? OUTCOME_OK : OUTCOME_FAIL;
	return true;
}

static bool
read_Command(struct line *l, struct log_field f)
{
	return read_Host(l, f);
}

static const struct {
	const char *name;
	bool (*read)(struct line *l, struct log_field f);
} columns[] = {
#define JOBLOG(name) { #name, read_##name },
#include "log/joblog.def"
#undef JOBLOG
};

enum { BEFORE_COMMAND = sizeof(columns) / sizeof(columns[0]) - 1 };

/* Is the line the header? */
static int
begins(struct log_reader *r)
{
	const char *at = r->line, *end = r->line + r->len;
	size_t n;

	for (n = 0; at != NULL && n <= BEFORE_COMMAND; n++)
		if (!log_field_is(log_field_next(&at, end), columns[n].name))
			return 0;
	return n == BEFORE_COMMAND + 1 && at == NULL;
}

static bool
set_command(struct log_row *row, char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\n';
	return log_row_set_text(row, LOG_TEXT_command, text, len);
}

static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	struct line line = { .job = &row->job };
	const char *at = r->line, *end = r->line + r->len;

	for (size_t n = 0; n < BEFORE_COMMAND; n++) {
		struct log_field f = log_field_next(&at, end);

		if (at == NULL)
			return LOG_SENSELESS;
		/* The header may come again, where one log was appended to another. */
		if (!columns[n].read(&line, f))
			return begins(r) ? LOG_NOTHING : LOG_SENSELESS;
	}
	return set_command(row, r->line + (at - r->line), (size_t)(end - at)) ? LOG_ROW : LOG_SENSELESS;
}

const struct log_format log_joblog = { .name = "joblog", .begins = begins, .parse = parse };
