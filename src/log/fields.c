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

	/* Most numbers in a log are a single digit. */
	if (f.len == 1 && f.text[0] >= '0' && f.text[0] <= '9')
		return f.text[0] - '0';
	return log_field_number(f, &n) && n >= 0 ? n : LOG_UNKNOWN;
}

int
log_field_small(struct log_field f)
{
	int64_t n = log_field_count(f);

	return n > 0 && n <= INT32_MAX ? (int)n : 0;
}

/* A decimal number: value / 10^decimals, with at most DIGITS_MAX digits. */
struct decimal {
	int64_t value;
	int decimals; /* negative: zeros follow the digits */
};

/* Reads "e-3" and the like from i on, if it is there. Returns where it ends; f.len + 1: it is not an exponent. */
static size_t
read_exponent(struct log_field f, size_t i, struct decimal *d)
{
	enum { EXPONENT_DIGITS = 2 };
	bool negative;
	int64_t n;
	size_t got;

	if (i == f.len || (f.text[i] != 'e' && f.text[i] != 'E'))
		return i;
	i++;
	negative = i < f.len && f.text[i] == '-';
	i += i < f.len && (f.text[i] == '-' || f.text[i] == '+');
	got = digits(f, i, EXPONENT_DIGITS, &n);
	d->decimals += negative ? (int)n : -(int)n;
	return got > 0 ? i + got : f.len + 1;
}

/* Reads all of the field from i on. Digits that do not fit are dropped behind the point, and an error before it. */
static bool
read_decimal(struct log_field f, size_t i, char point, struct decimal *d)
{
	bool behind = false, any = false;
	int significant = 0;

	*d = (struct decimal){ 0 };
	for (; i < f.len; i++) {
		if (f.text[i] == point && !behind) {
			behind = true;
			continue;
		}
		if (f.text[i] < '0' || f.text[i] > '9')
			break;
		any = true;
		if (significant == DIGITS_MAX && !behind)
			return false;
		if (significant == DIGITS_MAX)
			continue;
		d->value = d->value * 10 + (f.text[i] - '0');
		significant += d->value > 0;
		d->decimals += behind;
	}
	return any && read_exponent(f, i, d) == f.len;
}

/* In microseconds, cut off. LOG_UNKNOWN: above LOG_TIME_MOST. */
static int64_t
microseconds(struct decimal d)
{
	enum { DECIMALS = 6 };

	for (; d.decimals > DECIMALS; d.decimals--)
		d.value /= 10;
	for (; d.decimals < DECIMALS && d.value > 0; d.decimals++) {
		if (d.value > LOG_TIME_MOST / 10)
			return LOG_UNKNOWN;
		d.value *= 10;
	}
	return d.value <= LOG_TIME_MOST ? d.value : LOG_UNKNOWN;
}

static size_t
blanks(struct log_field f)
{
	size_t n = 0;

	while (n < f.len && f.text[n] == ' ')
		n++;
	return n;
}

/* The form that qpool writes, with exactly 6 decimals, which nearly all fields have. LOG_UNKNOWN: another form. */
static int64_t
usual_seconds(struct log_field f, char point)
{
	enum { SECONDS_MAX = 12, DECIMALS = 6 };
	int64_t whole, part, us;
	size_t got = digits(f, 0, SECONDS_MAX, &whole);

	if (got == 0 || f.len != got + 1 + DECIMALS || f.text[got] != point ||
	    digits(f, got + 1, DECIMALS, &part) != DECIMALS)
		return LOG_UNKNOWN;
	us = whole * US_PER_S + part;
	return us <= LOG_TIME_MOST ? us : LOG_UNKNOWN;
}

int64_t
log_field_seconds(struct log_field f, char point)
{
	int64_t us = usual_seconds(f, point);
	struct decimal d;

	if (us != LOG_UNKNOWN)
		return us;
	return read_decimal(f, blanks(f), point, &d) ? microseconds(d) : LOG_UNKNOWN;
}

int64_t
log_field_time(struct log_field f, char point)
{
	size_t i = blanks(f);
	struct decimal d;
	int64_t us;

	if (i == f.len || f.text[i] != '-')
		return log_field_seconds(f, point);
	us = read_decimal(f, i + 1, point, &d) ? microseconds(d) : LOG_UNKNOWN;
	/* A microsecond before the epoch would be LOG_UNKNOWN. */
	return us == LOG_UNKNOWN ? us : us == 1 ? -2 : -us;
}
