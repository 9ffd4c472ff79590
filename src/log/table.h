/* log-table: the rows of some logs in memory, for who looks at them as a whole. */
#ifndef QPOOL_LOG_TABLE_H
#define QPOOL_LOG_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "log/log-job.h"
#include "log/reader.h"

struct log_table {
	struct log_job *jobs; /* owned; by start_us, then seq */
	size_t count;
	char *text;                /* owned */
	uint32_t lanes;            /* the highest lane */
	uint32_t slots;            /* how many there were, if somebody else knows; 0: as the lanes tell */
	int64_t first_us, last_us; /* the earliest start and the latest end; 0 and 0 with no jobs */
	uint64_t torn;             /* lines that make no sense */
	uint64_t first_torn;       /* the number of the first of them in the file that was added last; 0: none there */
	/* the rest is log-table.c's own */
	size_t room, text_len, text_room;
	uint16_t files;
};

/*
 * Adds the rows of an open stream, which stays the caller's. 0; -1 with errno (EINVAL: not a log of any format;
 * ENOTSUP: of a version that is not known; ENODATA: empty, not even a header). What was added before an error stays.
 */
int log_table_add(struct log_table *t, FILE *f);
/* When all are added: sorts, sets first_us and last_us, and gives lanes to those that have none (log-lanes.h). */
void log_table_ready(struct log_table *t);
/* A text of the job, by LOG_TEXT_*, as raw bytes; "" if it has none. Valid until something is added. */
const char *log_table_text(const struct log_table *t, const struct log_job *job, int text);
/* The same of its command and of its target. */
const char *log_table_command(const struct log_table *t, const struct log_job *job);
const char *log_table_target(const struct log_table *t, const struct log_job *job);
/* Frees what it owns; a zeroed table is an empty one. */
void log_table_free(struct log_table *t);

#endif
