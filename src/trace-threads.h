/* trace-threads: on which thread of a trace each job is shown. Viewers of a trace take what overlaps on a thread for a call within a call, and show what overlaps in part wrongly. */
#ifndef QPOOL_TRACE_THREADS_H
#define QPOOL_TRACE_THREADS_H

#include <stddef.h>
#include <stdint.h>

#include "log-table.h"

enum trace_kind {
	TRACE_SLOT,   /* a lane of the table */
	TRACE_NEVER,  /* what never ran */
	TRACE_MAKE,   /* jobs that hold others */
	TRACE_BESIDE, /* jobs at whose time another one had their slot: of two pools that wrote one log */
};

struct trace_thread {
	enum trace_kind kind;
	uint32_t number; /* the slot; else which of its kind, from 1 */
	uint32_t tid;    /* not 0, and no other's */
	int64_t end_us;  /* of the last job placed there */
	int64_t slack_us; /* by how much the next one may begin before */
};

struct trace_threads {
	struct trace_thread *threads; /* owned; slots first, in their order */
	size_t count, room;
	uint32_t *of;     /* owned; for each job of the table, the index of its thread */
	int64_t first_us; /* the earliest start that is known, else 0; a job whose start is not known is shown there */
};

/* When a job is shown, in the table's time. */
struct trace_time {
	int64_t start_us, end_us;
};

/* Gives each job of a table that is ready its thread. */
void trace_threads_make(struct trace_threads *tt, const struct log_table *t);
/*
 * When job number i is shown. To be asked of all jobs, in their order. That is its own time, but that it never begins before the end of the one before it on its thread: clocks that
 * are set right, and times that were cut off, let it seem so by a little.
 */
struct trace_time trace_threads_place(struct trace_threads *tt, const struct log_table *t, size_t i);
void trace_threads_free(struct trace_threads *tt);

#endif
