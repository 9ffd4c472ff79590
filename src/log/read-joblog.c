/* GNU parallel's joblog. Invariant: the command goes on to the end of the line, tabs included; a NUL in it is a newline. */
#include "log/reader-private.h"

#include <string.h>

#include "log/record.h"

enum { SEQ, HOST, START, RUNTIME, SEND, RECEIVE, EXITVAL, SIGNAL, FIELDS };

enum { TIMED_OUT = -1 }; /* Exitval of a job that was timed out and did not give a status of its own */

static int
begins(struct log_reader *r)
{
	struct buf header = { 0 };
	int is;

	record_joblog.header(&header);
	is = r->len == header.len - 1 && memcmp(r->line, header.data, r->len) == 0;
	buf_free(&header);
	return is;
}

static void
set_end(struct log_row *row, int64_t value, int64_t signal)
{
	if (value == TIMED_OUT)
		row->outcome = OUTCOME_TIMEOUT;
	else if (signal != 0)
		row->outcome = OUTCOME_SIGNAL;
	else
		row->outcome = value == 0 ? OUTCOME_OK : OUTCOME_FAIL;
	row->status = value > 0 && value <= INT32_MAX ? (int)value : 0;
	row->signal = signal > 0 && signal <= INT32_MAX ? (int)signal : 0;
}

static bool
set_command(struct log_row *row, char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\n';
	return log_field_command(row, text, len);
}

static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	struct log_field field[FIELDS];
	const char *at = r->line, *end = r->line + r->len;
	int64_t seq, value, signal;

	for (size_t n = 0; n < FIELDS; n++) {
		field[n] = log_field_next(&at, end);
		if (at == NULL)
			return LOG_SENSELESS;
	}
	/* The header once more, of a log that was put behind another. */
	if (log_field_is(field[SEQ], "Seq") && begins(r))
		return LOG_NOTHING;
	if (!log_field_number(field[SEQ], &seq) || !log_field_number(field[EXITVAL], &value) ||
	    !log_field_number(field[SIGNAL], &signal))
		return LOG_SENSELESS;
	row->seq = seq > 0 ? (uint64_t)seq : 0;
	row->start_us = log_field_seconds(field[START]);
	row->wall_us = log_field_seconds(field[RUNTIME]);
	row->out_bytes = log_field_count(field[RECEIVE]);
	set_end(row, value, signal);
	return set_command(row, r->line + (at - r->line), (size_t)(end - at)) ? LOG_ROW : LOG_SENSELESS;
}

const struct log_format log_joblog = { .name = "joblog", .begins = begins, .parse = parse };
