/* Invariant: nothing here reads past the end of a field; a field is a number as a whole or not at all. */
#include "log/fields.h"

#include <string.h>

#include "base/clock.h"
#include "log/log-job.h"

enum { DIGITS_MAX = 18 }; /* every number with this many digits fits an int64_t */

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

/* Reads at most `most` digits from i on. Returns their number. */
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
	int64_t whole, part = 0, us;
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
	us = whole * US_PER_S + part;
	return got > 0 && at == f.len && us <= LOG_TIME_MOST ? us : LOG_UNKNOWN;
}
