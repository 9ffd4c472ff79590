/* table: the rows of one or more logs in memory, for code that needs them all. */
#ifndef QPOOL_LOG_TABLE_H
#define QPOOL_LOG_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "log/jumps.h"
#include "log/log-job.h"
#include "log/reader.h"

struct log_table {
	struct log_job *jobs; /* owned; by start_us, then seq */
	size_t count;
	char *text;                /* owned */
	uint32_t lanes;            /* the highest lane */
	uint32_t slots;            /* the number of slots, if the caller knows it; 0: the highest lane */
	int64_t first_us, last_us; /* the earliest start and the latest end; 0 and 0 without jobs */
	uint64_t torn;             /* lines that make no sense */
	uint64_t first_torn;       /* the number of the first one in the file that was added last; 0: none */
	uint64_t odd, first_odd;   /* the same for lines with a value that was taken as unknown */
	struct log_jumps jumps;    /* of the clock, in the file that was added last; the starts are mended */
	/* private to table.c from here on */
	size_t capacity, text_len, text_capacity;
	uint16_t files;
};

/*
 * Adds the rows of an open stream, which stays the caller's. 0, or -1 with errno. EINVAL: not a log; ENOTSUP: a log in
 * a version that is not supported; ENODATA: empty, without even a header. Rows that were added before an error stay.
 */
int log_table_add(struct log_table *t, FILE *f);
/* Call it when all rows are added: sorts, sets first_us and last_us, and gives lanes (lanes.h). */
void log_table_ready(struct log_table *t);
/* A text of the job, by LOG_TEXT_*, as raw bytes; "" if it has none. Valid until something is added. */
const char *log_table_text(const struct log_table *t, const struct log_job *job, int text);
/* The same of its command and of its target. */
const char *log_table_command(const struct log_table *t, const struct log_job *job);
const char *log_table_target(const struct log_table *t, const struct log_job *job);
/* Frees what it owns. A zeroed table is empty. */
void log_table_free(struct log_table *t);

#endif
