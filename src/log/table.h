/* table: keeps the rows of one or more logs in memory, for code that needs all rows. */
#ifndef QPOOL_LOG_TABLE_H
#define QPOOL_LOG_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "log/jumps.h"
#include "log/log-job.h"
#include "log/reader.h"

struct log_table {
	struct log_job *jobs; /* owned; sorted by start_us, then seq */
	size_t count;
	char *text;                /* owned */
	uint32_t lanes;            /* the highest lane */
	uint32_t slots;            /* the number of slots, if the caller knows it; 0: use the highest lane */
	int64_t first_us, last_us; /* the earliest start and the latest end; 0 and 0 without jobs */
	uint64_t torn;             /* number of lines that are not records */
	uint64_t first_torn;       /* line number of the first such line in the file added last; 0: none */
	uint64_t odd, first_odd;   /* as torn, for records with an invalid value */
	struct log_jumps jumps;    /* of the clock, in the file added last; the start times are corrected */
	/* The following fields are private to table.c. */
	size_t capacity, text_len, text_capacity;
	uint16_t files;
};

/*
 * Adds the rows of an open stream, which stays the caller's. Returns 0, or -1 with errno. EINVAL: the stream is not a
 * log; ENOTSUP: the version of the log is not supported; ENODATA: the stream is empty. Rows that were added before an
 * error stay in the table.
 */
int log_table_add(struct log_table *t, FILE *f);
/* Sorts the jobs, sets first_us and last_us, and assigns lanes (lanes.h). Call this after all rows were added. */
void log_table_ready(struct log_table *t);
/*
 * Returns the raw bytes of the job's text number `text` (LOG_TEXT_*), or "" if the job has no such text. Valid until
 * the next log_table_add.
 */
const char *log_table_text(const struct log_table *t, const struct log_job *job, int text);
/* Return the command and the target of the job like log_table_text. */
const char *log_table_command(const struct log_table *t, const struct log_job *job);
const char *log_table_target(const struct log_table *t, const struct log_job *job);
/* Frees what the table owns. A zero-initialized table is valid and empty. */
void log_table_free(struct log_table *t);

#endif
