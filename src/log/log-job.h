/* log-job: one job as a log tells it. */
#ifndef QPOOL_LOG_JOB_H
#define QPOOL_LOG_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/outcome.h"

/* What a row does not tell. */
#define LOG_UNKNOWN (-1)
/* No time in a log is longer, or later: about 317 years. So two of them can be added. */
#define LOG_TIME_MOST INT64_C(10000000000000000)

/* One job. A number that its log does not tell is LOG_UNKNOWN. Times of the wall clock are since the epoch, or since the log's own zero (ninja). */
struct log_job {
	int64_t start_us, wall_us, user_us, sys_us;
	int64_t queued_us, token_us; /* before start_us; token_us is a part of queued_us */
	int64_t maxrss_kib, out_bytes, err_bytes;
	uint64_t seq; /* its place in the input, from 1; 0: unknown */
	size_t command,
	    target; /* where they begin in the table's text, NUL behind each; "" if there is none. Raw bytes, not escaped */
	uint32_t attempt, left;
	uint32_t lane;       /* from 1: the slot, or what log_lanes_make gave it; 0: it never ran */
	int32_t pid, parent; /* 0: unknown, none */
	int32_t status, signal;
	uint16_t file; /* which of the files it is from, from 0 */
	enum outcome outcome;
	bool holds; /* other rows are of a make that this one's line started; set by log_lanes_make */
};

#endif
