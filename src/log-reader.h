/* log-reader: the rows of a log, of any of our formats or GNU parallel's, told apart by the first line. */
#ifndef QPOOL_LOG_READER_H
#define QPOOL_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One row of a log, as a reader sees it; qlog will want more of it. */
struct log_row {
	bool ok;             /* exited 0 */
	bool final;          /* outcome_final */
	const char *command; /* as escape_command wrote it, no NUL in it; valid until the next row */
	size_t command_len;
};

struct log_reader;

/* Reads rows from an open stream, which stays the caller's. An empty one has no rows. NULL with errno; EINVAL: none of the formats. */
struct log_reader *log_reader_new(FILE *f);
/* 1 a row, 0 a line that makes no sense (torn, foreign), -1 the end (errno 0) or a read error (errno). */
int log_reader_next(struct log_reader *r, struct log_row *row);
/* The number of the line that log_reader_next looked at last, from 1; the header counts. */
uint64_t log_reader_line(const struct log_reader *r);
void log_reader_free(struct log_reader *r);

#endif
