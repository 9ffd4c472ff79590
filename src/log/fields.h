/* fields: the parts of a log's line, and the numbers in them. */
#ifndef QPOOL_LOG_FIELDS_H
#define QPOOL_LOG_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a line; borrowed. */
struct log_field {
	const char *text;
	size_t len;
};

bool log_field_is(struct log_field f, const char *text);
/*
 * The field from *at to the next tab or to `end`. Moves *at behind that tab, or sets it to NULL after the last field.
 */
struct log_field log_field_next(const char **at, const char *end);
/* A number: at most 18 digits and nothing else, or a minus sign and such digits. false: not a number, or too large. */
bool log_field_number(struct log_field f, int64_t *n);
/* A number that is not negative; LOG_UNKNOWN: not one. */
int64_t log_field_count(struct log_field f);
/* A number of 1 to INT32_MAX; 0: not one. */
int log_field_small(struct log_field f);
/*
 * Seconds with any decimals behind `point`, an exponent such as e-3, blanks in front, in microseconds: cut off, not
 * rounded. LOG_UNKNOWN: not such a number, or above LOG_TIME_MOST.
 */
int64_t log_field_seconds(struct log_field f, char point);
/* The same for a point in time, which is negative if it is before the epoch. */
int64_t log_field_time(struct log_field f, char point);

#endif
