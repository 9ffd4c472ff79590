/*
 * Invariant: schema.def is the only list of columns; a type's switch here is the only place that knows how its values
 * look.
 */
#include "log/schema.h"

#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "job/command.h"

/* From struct job to a value -- */

#define COLUMN(field, name, type, by, value)                                                                           \
	static int64_t field##_of(const struct record_source *s)                                                       \
	{                                                                                                              \
		const struct job *j = s->job;                                                                          \
                                                                                                                       \
		(void)j;                                                                                               \
		return value;                                                                                          \
	}
#include "log/schema.def"

static bool
add_target(struct buf *b, const struct record_source *s)
{
	if (s->target == NULL)
		return false;
	buf_adds(b, s->target);
	return true;
}

static bool
add_command(struct buf *b, const struct record_source *s)
{
	command_text(b, &s->job->command);
	return true;
}

const struct log_column log_columns[LOG_COLUMNS] = {
#define COLUMN(field, name, type, by, value)                                                                           \
	{ name, #field, ",\"" name "\":", sizeof(",\"" name "\":") - 1, LOG_##type, LOG_##by,                          \
		offsetof(struct log_job, field), field##_of },
#include "log/schema.def"
};

const struct log_text log_texts[LOG_TEXTS] = {
#define TEXT(field, name, by, bytes)                                                                                   \
	{ name, ",\"" name "\":\"", "\",\"" name "_hex\":\"", LOG_##by, offsetof(struct log_job, field), bytes },
#include "log/schema.def"
};

#define NOTHING_INDEX 0
#define NOTHING_NUMBER 0
#define NOTHING_TRIES 0
#define NOTHING_CODE 0
#define NOTHING_SECONDS LOG_UNKNOWN
#define NOTHING_TIME LOG_UNKNOWN
#define NOTHING_AMOUNT LOG_UNKNOWN
#define NOTHING_OUTCOME (OUTCOME_OK)

const struct log_job log_job_unknown = {
#define COLUMN(field, name, type, by, value) .field = NOTHING_##type,
#include "log/schema.def"
};

#define IS_REQUIRED(type) (LOG_##type == LOG_TRIES || LOG_##type == LOG_OUTCOME)

const uint64_t log_columns_required = 0
#define COLUMN(field, name, type, by, value) | (uint64_t)IS_REQUIRED(type) << LOG_COLUMN_##field
#include "log/schema.def"
    ;

_Static_assert(LOG_COLUMNS <= 64, "log_columns_required has a bit for each column");

int
log_column_named(struct log_field name, int after)
{
	for (int i = 0, c = after; i < LOG_COLUMNS; i++) {
		c = c + 1 < LOG_COLUMNS ? c + 1 : 0;
		if (log_field_is(name, log_columns[c].name))
			return c;
	}
	return LOG_NO_COLUMN;
}

int
log_text_named(struct log_field name)
{
	for (int i = 0; i < LOG_TEXTS; i++)
		if (log_field_is(name, log_texts[i].name))
			return i;
	return LOG_NO_TEXT;
}

static bool
set_tries(uint32_t *tries, struct log_field value)
{
	int64_t n = log_field_count(value);

	if (n == LOG_UNKNOWN || n > INT32_MAX)
		return false;
	*tries = (uint32_t)n;
	return true;
}

/* An empty field and "-" are how programs leave a value out. */
static bool
is_left_out(struct log_field f)
{
	return f.len == 0 || log_field_is(f, "-");
}

/* A number from 0 to `most`; 0, and the job gets is_odd, if it is not one. */
static int64_t
number(struct log_job *job, struct log_field value, int64_t most)
{
	int64_t n = log_field_count(value);

	if (n != LOG_UNKNOWN && n <= most)
		return n;
	job->is_odd = job->is_odd || !is_left_out(value);
	return 0;
}

/* A time or an amount; if it is LOG_UNKNOWN, and not left out, the job gets is_odd. */
static int64_t
quantity(struct log_job *job, struct log_field value, int64_t n)
{
	if (n == LOG_UNKNOWN && !is_left_out(value))
		job->is_odd = true;
	return n;
}

bool
log_column_set(struct log_job *job, int column, struct log_field value)
{
	void *at = (char *)job + log_columns[column].at;

	switch (log_columns[column].type) {
	case LOG_INDEX: *(uint64_t *)at = (uint64_t)number(job, value, INT64_MAX); break;
	case LOG_NUMBER: *(uint32_t *)at = (uint32_t)number(job, value, INT32_MAX); break;
	case LOG_CODE: *(int32_t *)at = (int32_t)number(job, value, INT32_MAX); break;
	case LOG_SECONDS: *(int64_t *)at = quantity(job, value, log_field_seconds(value, '.')); break;
	case LOG_TIME: *(int64_t *)at = quantity(job, value, log_field_time(value, '.')); break;
	case LOG_AMOUNT: *(int64_t *)at = quantity(job, value, log_field_count(value)); break;
	case LOG_TRIES: return set_tries(at, value);
	case LOG_OUTCOME: return outcome_parse(value.text, value.len, at);
	}
	return true;
}

int64_t
log_column_of(const struct log_job *job, int column)
{
	const void *at = (const char *)job + log_columns[column].at;

	switch (log_columns[column].type) {
	case LOG_INDEX: return (int64_t) * (const uint64_t *)at;
	case LOG_NUMBER:
	case LOG_TRIES: return *(const uint32_t *)at;
	case LOG_CODE: return *(const int32_t *)at;
	case LOG_SECONDS:
	case LOG_TIME:
	case LOG_AMOUNT: return *(const int64_t *)at;
	case LOG_OUTCOME: return *(const enum outcome *)at;
	}
	return 0;
}

int64_t
log_column_nothing(int column)
{
	return log_column_of(&log_job_unknown, column);
}

void
log_column_add(struct buf *b, int column, int64_t value)
{
	switch (log_columns[column].type) {
	case LOG_SECONDS:
	case LOG_TIME: decimal_fixed(b, value, 6, 0); break;
	case LOG_OUTCOME: buf_adds(b, outcome_name((enum outcome)value)); break;
	default: decimal_add(b, (uint64_t)value);
	}
}

void
log_column_add_json(struct buf *b, int column, int64_t value)
{
	bool quoted = log_columns[column].type == LOG_OUTCOME;

	buf_add(b, log_columns[column].json, log_columns[column].json_len);
	if (quoted)
		buf_addc(b, '"');
	log_column_add(b, column, value);
	if (quoted)
		buf_addc(b, '"');
}

void
log_text_add_json(struct buf *b, int text, const char *bytes, size_t len)
{
	buf_adds(b, log_texts[text].json);
	if (!escape_json(b, bytes, len)) {
		buf_adds(b, log_texts[text].json_hex);
		escape_hex(b, bytes, len);
	}
	buf_addc(b, '"');
}
