/*
 * reader: reads the rows of a log in one of our formats, of a log that GNU parallel or ninja wrote, or of a trace that
 * qlog wrote. The first line determines the format.
 */
#ifndef QPOOL_LOG_READER_H
#define QPOOL_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "log/row.h"

struct log_reader;

/*
 * Makes a reader of an open stream, which stays the caller's. An empty stream has no rows. The caller frees the reader
 * with log_reader_free. Returns NULL with errno on failure. EINVAL: the stream is not a log; ENOTSUP: the version of
 * the log is not supported.
 */
struct log_reader *log_reader_new(FILE *f);
/*
 * Reads the next row, whose texts are valid until the next call. Returns 1 for a row; 0 for a line that is not a
 * record, such as a torn line; or -1 at the end (errno 0) or on a read error (errno).
 */
int log_reader_next(struct log_reader *r, struct log_row *row);
/*
 * Returns the number of the line that log_reader_next read last. Lines are counted from 1, and the header counts; 0 if
 * the stream was empty.
 */
uint64_t log_reader_line(const struct log_reader *r);
/* Did that line end in a newline? Only the last line of a stream may lack it. */
bool log_reader_whole(const struct log_reader *r);
/*
 * Returns the name of the format in static memory: "tsv", "jsonl", "joblog", "ninja" or "trace"; "" for an empty
 * stream.
 */
const char *log_reader_format(const struct log_reader *r);
/* Are the rows in the order in which the jobs ended? */
bool log_reader_by_end(const struct log_reader *r);
/* Frees the reader. NULL is allowed. */
void log_reader_free(struct log_reader *r);

#endif
