/*
 * reader: the rows of a log: one of our formats, GNU parallel's, ninja's, or a trace that qlog wrote. The first line
 * tells which.
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
 * Reads rows from an open stream, which stays the caller's; an empty one has no rows. The texts of a row are valid
 * until the next one. NULL with errno. EINVAL: not a log; ENOTSUP: a log in a version that is not supported.
 */
struct log_reader *log_reader_new(FILE *f);
/* 1: a row. 0: a line that makes no sense (torn, or from elsewhere). -1: the end (errno 0) or a read error (errno). */
int log_reader_next(struct log_reader *r, struct log_row *row);
/* The number of the line that log_reader_next read last, from 1, the header included. 0: the stream was empty. */
uint64_t log_reader_line(const struct log_reader *r);
/* Did that line end in a newline? Only the last line of a stream may lack it. */
bool log_reader_whole(const struct log_reader *r);
/* "tsv", "jsonl", "joblog", "ninja" or "trace"; "" for an empty stream. Static. */
const char *log_reader_format(const struct log_reader *r);
/* Are the rows in the order of the ends of their jobs? */
bool log_reader_by_end(const struct log_reader *r);
/* NULL is allowed. */
void log_reader_free(struct log_reader *r);

#endif
