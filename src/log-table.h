/* log-table: the rows of some logs in memory, for who looks at them as a whole. */
#ifndef QPOOL_LOG_TABLE_H
#define QPOOL_LOG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "log-reader.h"

/* One job. A number that its log does not tell is LOG_UNKNOWN. Times of the wall clock are since the epoch, or since the log's own zero (ninja). */
struct log_job {
	int64_t start_us, wall_us, user_us, sys_us;
	int64_t queued_us, token_us; /* before start_us; token_us is a part of queued_us */
	int64_t maxrss_kib, out_bytes, err_bytes;
	uint64_t seq;                /* its place in the input, from 1; 0: unknown */
	size_t command, target;      /* where they begin in the table's text, NUL behind each; "" if there is none. Raw bytes, not escaped */
	uint32_t attempt, left;
	uint32_t lane;               /* from 1: the slot, or what log_lanes_make gave it; 0: it never ran */
	int32_t pid, parent;         /* 0: unknown, none */
	int32_t status, signal;
	uint16_t file;               /* which of the files it is from, from 0 */
	enum log_end end;
	bool ok, final;
	bool holds;                  /* other rows are of a make that this one's line started; set by log_lanes_make */
};

struct log_table {
	struct log_job *jobs; /* owned; by start_us, then seq */
	size_t count;
	char *text;           /* owned */
	uint32_t lanes;       /* the highest lane */
	int64_t first_us, last_us; /* the earliest start and the latest end; 0 and 0 with no jobs */
	uint64_t torn;        /* lines that make no sense */
	uint64_t first_torn;  /* the number of the first of them, in its file */
	/* the rest is log-table.c's own */
	size_t room, text_len, text_room;
	uint16_t files;
};

/*
 * Adds the rows of an open stream, which stays the caller's. 0; -1 with errno (EINVAL: not a log of any format, or of a version that is not known; ENODATA: empty,
 * not even a header).
 */
int log_table_add(struct log_table *t, FILE *f);
/* When all are added: sorts, sets first_us and last_us, and gives lanes to those that have none (log-lanes.h). */
void log_table_ready(struct log_table *t);
const char *log_table_command(const struct log_table *t, const struct log_job *job);
const char *log_table_target(const struct log_table *t, const struct log_job *job);
/* Frees what it owns; a zeroed table is an empty one. */
void log_table_free(struct log_table *t);

#endif
