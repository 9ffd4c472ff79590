/* log-job: one job, as a log describes it. */
#ifndef QPOOL_LOG_JOB_H
#define QPOOL_LOG_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/outcome.h"

/* The value of a time or an amount that the log does not contain. */
#define LOG_UNKNOWN (-1)
/*
 * The largest time that a log may contain, in microseconds (about 317 years). A larger value counts as unknown, so that
 * the sum of two times does not overflow.
 */
#define LOG_TIME_MOST INT64_C(10000000000000000)

/* The fields for each type of schema.def. The 64-bit columns come first, so that the struct has no gaps. */
#define LOG_WIDE_INDEX(field) uint64_t field;
#define LOG_WIDE_NUMBER(field)
#define LOG_WIDE_TRIES(field)
#define LOG_WIDE_CODE(field)
#define LOG_WIDE_SECONDS(field) int64_t field;
#define LOG_WIDE_TIME(field) int64_t field;
#define LOG_WIDE_AMOUNT(field) int64_t field;
#define LOG_WIDE_OUTCOME(field)
#define LOG_NARROW_INDEX(field)
#define LOG_NARROW_NUMBER(field) uint32_t field;
#define LOG_NARROW_TRIES(field) uint32_t field;
#define LOG_NARROW_CODE(field) int32_t field;
#define LOG_NARROW_SECONDS(field)
#define LOG_NARROW_TIME(field)
#define LOG_NARROW_AMOUNT(field)
#define LOG_NARROW_OUTCOME(field) enum outcome field;

/*
 * The columns of schema.def, and the fields that log_table_add and log_lanes_make set. Times are in microseconds;
 * start_us is since the epoch, or since the log's own zero (ninja). queued_us and token_us end at start_us, and
 * token_us is a part of queued_us.
 *
 * An unknown time or amount is LOG_UNKNOWN; any other unknown value is 0.
 */
struct log_job {
#define COLUMN(field, name, type, by, value) LOG_WIDE_##type(field)
#define TEXT(field, name, by, bytes) size_t field; /* its offset in the table's text; raw bytes, then a NUL */
#include "log/schema.def"
#define COLUMN(field, name, type, by, value) LOG_NARROW_##type(field)
#include "log/schema.def"
	uint16_t file;  /* the index of its file in the table */
	bool is_odd;    /* its line has an invalid value, which was stored as unknown */
	bool is_parent; /* its line started a make that also has rows; set by log_lanes_make */
};

#endif
