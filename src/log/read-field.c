/* Invariant: nothing here reads past a field's end; a number is taken whole or not at all. */
#include "log/reader-private.h"

#include <string.h>

#include "base/clock.h"

enum { DIGITS_MAX = 18 }; /* as many always fit an int64_t */

bool
log_field_is(struct log_field f, const char *text)
{
	return f.len == strlen(text) && memcmp(f.text, text, f.len) == 0;
}

struct log_field
log_field_next(const char **at, const char *end)
{
	const char *start = *at, *tab = memchr(start, '\t', (size_t)(end - start));

	*at = tab == NULL ? NULL : tab + 1;
	return (struct log_field){ start, (size_t)((tab == NULL ? end : tab) - start) };
}

/* The digits from i on, at most `most`; returns how many. */
static size_t
digits(struct log_field f, size_t i, size_t most, int64_t *n)
{
	size_t start = i;

	for (*n = 0; i < f.len && i - start < most && f.text[i] >= '0' && f.text[i] <= '9'; i++)
		*n = *n * 10 + (f.text[i] - '0');
	return i - start;
}

bool
log_field_number(struct log_field f, int64_t *n)
{
	size_t minus = f.len > 1 && f.text[0] == '-';
	size_t got = digits(f, minus, DIGITS_MAX, n);

	if (minus)
		*n = -*n;
	return got > 0 && minus + got == f.len;
}

int64_t
log_field_count(struct log_field f)
{
	int64_t n;

	return log_field_number(f, &n) && n >= 0 ? n : LOG_UNKNOWN;
}

int
log_field_small(struct log_field f)
{
	int64_t n = log_field_count(f);

	return n > 0 && n <= INT32_MAX ? (int)n : 0;
}

int64_t
log_field_seconds(struct log_field f)
{
	enum { SECONDS_MAX = 12, DECIMALS = 6 };
	int64_t whole, part = 0;
	size_t at, got, i = 0;

	while (i < f.len && f.text[i] == ' ')
		i++;
	got = digits(f, i, SECONDS_MAX, &whole);
	at = i + got;
	if (at < f.len && f.text[at] == '.') {
		size_t decimals = digits(f, ++at, DECIMALS, &part);

		got += decimals;
		for (at += decimals; decimals < DECIMALS; decimals++)
			part *= 10;
		while (at < f.len && f.text[at] >= '0' && f.text[at] <= '9')
			at++;
	}
	return got > 0 && at == f.len ? whole * US_PER_S + part : LOG_UNKNOWN;
}

bool
log_field_end(struct log_row *row, struct log_field end, struct log_field left)
{
	int64_t n;

	if (!log_field_number(left, &n) || n < 0 || n > INT32_MAX)
		return false;
	row->left = (unsigned)n;
	return outcome_parse(end.text, end.len, &row->outcome);
}

bool
log_field_command(struct log_row *row, const char *text, size_t len)
{
	row->command = len > 0 ? text : "";
	row->command_len = len;
	return memchr(row->command, '\0', len) == NULL;
}

bool
log_field_target(struct log_row *row, const char *text, size_t len)
{
	row->target = len > 0 ? text : "";
	row->target_len = len;
	return memchr(row->target, '\0', len) == NULL;
}

enum kind { SECONDS, COUNT, PLACE, SMALL };

static const struct {
	const char *name;
	enum kind kind;
	size_t at; /* in struct log_row */
} columns[] = {
	{ "seq", PLACE, offsetof(struct log_row, seq) },
	{ "try", SMALL, offsetof(struct log_row, attempt) },
	{ "slot", SMALL, offsetof(struct log_row, slot) },
	{ "pid", SMALL, offsetof(struct log_row, pid) },
	{ "parent", SMALL, offsetof(struct log_row, parent) },
	{ "start_s", SECONDS, offsetof(struct log_row, start_us) },
	{ "wall_s", SECONDS, offsetof(struct log_row, wall_us) },
	{ "user_s", SECONDS, offsetof(struct log_row, user_us) },
	{ "sys_s", SECONDS, offsetof(struct log_row, sys_us) },
	{ "maxrss_kib", COUNT, offsetof(struct log_row, maxrss_kib) },
	{ "status", SMALL, offsetof(struct log_row, status) },
	{ "signal", SMALL, offsetof(struct log_row, signal) },
	{ "queued_s", SECONDS, offsetof(struct log_row, queued_us) },
	{ "token_s", SECONDS, offsetof(struct log_row, token_us) },
	{ "out_bytes", COUNT, offsetof(struct log_row, out_bytes) },
	{ "err_bytes", COUNT, offsetof(struct log_row, err_bytes) },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

int
log_column_named(struct log_field name, int after)
{
	for (int i = 0, c = after; i < COLUMNS; i++) {
		c = c + 1 < COLUMNS ? c + 1 : 0;
		if (log_field_is(name, columns[c].name))
			return c;
	}
	return LOG_NO_COLUMN;
}

void
log_column_set(struct log_row *row, int column, struct log_field value)
{
	char *at = (char *)row + columns[column].at;

	switch (columns[column].kind) {
	case SECONDS: *(int64_t *)(void *)at = log_field_seconds(value); break;
	case COUNT: *(int64_t *)(void *)at = log_field_count(value); break;
	case PLACE: *(uint64_t *)(void *)at = log_field_count(value) > 0 ? (uint64_t)log_field_count(value) : 0; break;
	case SMALL: *(int *)(void *)at = log_field_small(value); break;
	}
}
