/* log-reader: the rows of a log, of any of our formats, GNU parallel's, ninja's, or a trace that qlog wrote, told apart by the first line. */
#ifndef QPOOL_LOG_READER_H
#define QPOOL_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "log/log-job.h"

/* One row of a log. Numbers that its format does not have are LOG_UNKNOWN. */
struct log_row {
	enum outcome outcome;
	int64_t start_us; /* since the epoch; since its own zero in a ninja log */
	int64_t wall_us, user_us, sys_us, queued_us, token_us;
	int64_t maxrss_kib, out_bytes, err_bytes;
	uint64_t seq;                 /* 0: unknown */
	unsigned attempt, left, slot; /* 0: unknown */
	int pid, parent;              /* 0: unknown */
	int status, signal;
	const char *command; /* as command_text wrote it, no NUL in it; valid until the next row */
	size_t command_len;
	const char *
	    target; /* what make, or ninja, called it, no NUL in it; "" and 0 if nothing tells; valid until the next row */
	size_t target_len;
};

struct log_reader;

/*
 * Reads rows from an open stream, which stays the caller's. An empty one has no rows. NULL with errno; EINVAL: none of the formats; ENOTSUP: one of them, in a version
 * that is not known.
 */
struct log_reader *log_reader_new(FILE *f);
/* 1 a row, 0 a line that makes no sense (torn, foreign), -1 the end (errno 0) or a read error (errno). */
int log_reader_next(struct log_reader *r, struct log_row *row);
/* The number of the line that log_reader_next looked at last, from 1; the header counts. 0: the stream was empty. */
uint64_t log_reader_line(const struct log_reader *r);
/* Did that line end in a newline? Only the last one of a stream may not. */
bool log_reader_whole(const struct log_reader *r);
/* "tsv", "jsonl", "joblog", "ninja" or "trace"; "" of an empty stream. Static. */
const char *log_reader_format(const struct log_reader *r);
void log_reader_free(struct log_reader *r);

#endif
