/* sums: a log summarized in numbers, and in one sentence about what limited the run. */
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
	LOG_CAUSE_TOKENS,  /* from here on: slots were idle, and why */
	LOG_CAUSE_TASKS,
	LOG_CAUSE_END,
	LOG_CAUSE_OTHER,
	LOG_CAUSE_UNKNOWN,
};

/*
 * Times are in microseconds, LOG_UNKNOWN where no row has them. Everything but the counts leaves parent jobs out,
 * because they only wait for the make that they started. Idle times are summed over slots: two slots idle for one
 * second are two seconds; together they are idle_us.
 */
struct log_sums {
	uint64_t jobs;               /* rows, that is, attempts */
	uint64_t tasks;              /* without further attempts */
	uint64_t ok, failed, killed; /* of jobs. Killed: ended by a signal, a timeout, --halt or an interruption */
	uint64_t lost;               /* tasks whose last attempt failed */
	uint64_t parents;
	uint32_t slots;   /* as given, or the highest lane */
	uint32_t busiest; /* the highest number of jobs at the same time */
	int64_t wall_us;  /* from the first start to the last end */
	int64_t busy_us;  /* the sum of the wall times */
	int64_t user_us, sys_us;
	/*
	 * The idle time of all slots, and its parts. Those for tokens, tasks and others are LOG_UNKNOWN if rows lack
	 * waiting times.
	 */
	int64_t idle_us;
	int64_t idle_tokens_us; /* a task was waiting for a token */
	int64_t
	    idle_tasks_us;   /* without a task: none arrived, or --load, --memfree or --delay kept it from being read */
	int64_t idle_end_us; /* after the last job had started */
	int64_t idle_other_us; /* a task was there and not waiting for a token */
	int64_t nothing_us;    /* the part of the wall time in which nothing ran or waited */
	int64_t longest_us;
	size_t longest;   /* its index in jobs; (size_t)-1: nothing ran */
	bool targets;     /* rows have targets, so this is a build */
	int64_t bound_us; /* the least time for these jobs: the longest job, or all jobs spread over all slots */
	enum log_cause cause;
};

/* Takes jobs with lanes, in the order of their start. `slots` is the number of slots; 0: the highest lane. */
void log_sums_make(struct log_sums *s, const struct log_job *jobs, size_t count, uint32_t slots);
/* Adds times that are not negative. A sum is at most a quarter of INT64_MAX, so sums can be added too. */
int64_t log_sums_add(int64_t x, int64_t y);
/*
 * The cause as a word: "none", "longest", "slots", "tokens", "tasks", "end", "other", or "untold" for
 * LOG_CAUSE_UNKNOWN. Static.
 */
const char *log_sums_cause(const struct log_sums *s);
/* Appends the sentence, without a newline. */
void log_sums_sentence(struct buf *b, const struct log_sums *s);
/* Appends the summary, several lines that are safe to print. `longest` names the longest job and may have any bytes. */
void log_sums_text(struct buf *b, const struct log_sums *s, const char *longest);
/*
 * Appends a duration for people, in at most 9 characters: "0.003 s", "12.3 s", "14:05 min", "3:20 h"; "-" if it is
 * unknown.
 */
void log_sums_duration(struct buf *b, int64_t us);

#endif
