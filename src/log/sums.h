/* sums: summarizes a log in numbers, and in one sentence about what limited the run. */
#ifndef QPOOL_LOG_SUMS_H
#define QPOOL_LOG_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "log/log-job.h"

/* What limited the run. */
enum log_cause {
	LOG_CAUSE_NONE,    /* nothing ran */
	LOG_CAUSE_LONGEST, /* one job took nearly the whole run */
	LOG_CAUSE_SLOTS,   /* all slots were busy */
	LOG_CAUSE_TOKENS,  /* this and the following: why slots were idle */
	LOG_CAUSE_TASKS,
	LOG_CAUSE_END,
	LOG_CAUSE_OTHER,
	LOG_CAUSE_UNKNOWN,
};

/*
 * Times are in microseconds; a time that no row has is LOG_UNKNOWN. Only the counts include parent jobs, because a
 * parent job only waits for the make that it started. Idle times are summed over all slots: two slots that are idle for
 * one second count as two seconds. The parts of the idle time add up to idle_us.
 */
struct log_sums {
	uint64_t jobs;               /* number of rows, each one an attempt */
	uint64_t tasks;              /* tasks, each counted once however many attempts it had */
	uint64_t ok, failed, killed; /* of jobs. `killed`: by a signal, a timeout, --halt or an interruption */
	uint64_t lost;               /* tasks whose last attempt failed */
	uint64_t parents;
	uint32_t slots;   /* the given number, or the highest lane */
	uint32_t busiest; /* the highest number of jobs at the same time */
	int64_t wall_us;  /* from the first start to the last end */
	int64_t busy_us;  /* the sum of the wall times */
	int64_t user_us, sys_us;
	/*
	 * The idle time of all slots, and its parts. idle_tokens_us, idle_tasks_us and idle_other_us are LOG_UNKNOWN if
	 * rows lack waiting times.
	 */
	int64_t idle_us;
	int64_t idle_tokens_us; /* a task was waiting for a token */
	int64_t idle_tasks_us;  /* no task was available, or --load, --memfree or --delay prevented reading one */
	int64_t idle_end_us;    /* after the last job had started */
	int64_t idle_other_us;  /* a task was available, and was not waiting for a token */
	int64_t nothing_us;     /* the part of the wall time in which nothing ran or waited */
	int64_t longest_us;
	size_t longest; /* index of the longest job; (size_t)-1: nothing ran */
	bool targets;   /* rows have targets, so the log records a build */
	/* The least time for these jobs: the time of the longest job or busy_us / slots, whichever is greater. */
	int64_t bound_us;
	enum log_cause cause;
};

/*
 * Computes *s from jobs that have lanes and are in the order in which they started. `slots` is the number of slots; 0:
 * use the highest lane.
 */
void log_sums_make(struct log_sums *s, const struct log_job *jobs, size_t count, uint32_t slots);
/*
 * Returns the sum of two times that are not negative, limited to a quarter of INT64_MAX, so that sums can be added
 * without overflow.
 */
int64_t log_sums_add(int64_t x, int64_t y);
/*
 * Returns the cause as a word in static memory: "none", "longest", "slots", "tokens", "tasks", "end", "other", or
 * "untold" for LOG_CAUSE_UNKNOWN.
 */
const char *log_sums_cause(const struct log_sums *s);
/* Appends the sentence about what limited the run, without a newline. */
void log_sums_sentence(struct buf *b, const struct log_sums *s);
/*
 * Appends the summary: several lines that are safe to print on a terminal. `longest` is the name of the longest job and
 * may contain any bytes.
 */
void log_sums_text(struct buf *b, const struct log_sums *s, const char *longest);
/*
 * Appends a duration for people, in at most 9 characters: "0.003 s", "12.3 s", "14:05 min", "3:20 h"; "-" if it is
 * unknown.
 */
void log_sums_duration(struct buf *b, int64_t us);

#endif
