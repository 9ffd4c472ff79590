/* fields: splits a line of a log into fields, and parses numbers in fields. */
#ifndef QPOOL_LOG_FIELDS_H
#define QPOOL_LOG_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A field of a line. The text is borrowed. */
struct log_field {
	const char *text;
	size_t len;
};

bool log_field_is(struct log_field f, const char *text);
/*
 * Returns the field from *at to the next tab or to `end`. Moves *at past the tab, or sets it to NULL after the last
 * field.
 */
struct log_field log_field_next(const char **at, const char *end);
/*
 * Parses at most 18 digits, optionally after a minus sign, into *n. Returns false if the field contains anything else.
 */
bool log_field_number(struct log_field f, int64_t *n);
/* Returns the number in the field, or LOG_UNKNOWN if the field is not a number or is negative. */
int64_t log_field_count(struct log_field f);
/* Returns the number in the field if it is between 1 and INT32_MAX, otherwise 0. */
int log_field_small(struct log_field f);
/*
 * Parses seconds, which may have leading blanks, decimals after `point`, and an exponent such as e-3. Returns
 * microseconds, truncated, or LOG_UNKNOWN if the field has another form or exceeds LOG_TIME_MOST.
 */
int64_t log_field_seconds(struct log_field f, char point);
/* Parses a point in time like log_field_seconds. The result is negative for a time before the epoch. */
int64_t log_field_time(struct log_field f, char point);

#endif
