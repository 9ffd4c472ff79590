/* log-sums: what a log comes to, as numbers, and in one sentence what held the run back. */
#ifndef QPOOL_LOG_SUMS_H
#define QPOOL_LOG_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "log/log-job.h"

/* What held the run back. */
enum log_cause {
	LOG_CAUSE_NONE,    /* nothing ran */
	LOG_CAUSE_LONGEST, /* one job was nearly the whole run */
	LOG_CAUSE_SLOTS,   /* all of them were busy */
	LOG_CAUSE_TOKENS,  /* and the rest: slots stood idle for that */
	LOG_CAUSE_TASKS,
	LOG_CAUSE_END,
	LOG_CAUSE_OTHER,
	LOG_CAUSE_UNTOLD,
};

/*
 * Times are in microseconds, LOG_UNKNOWN where no row tells. All but the counts are of the jobs that hold no others:
 * who holds others waits for them. Idle times are of slots: two that are idle for a second are two seconds; together
 * they are idle_us.
 */
struct log_sums {
	uint64_t jobs;  /* rows: attempts */
	uint64_t tasks; /* without those that are further attempts */
	uint64_t ok, failed,
	    killed;    /* of jobs. Killed are those that a signal, a time-out, --halt or an interruption ended */
	uint64_t lost; /* tasks that failed for good */
	uint64_t holders;
	uint32_t slots;   /* as they were given, or the highest lane */
	uint32_t busiest; /* the most jobs at once */
	int64_t wall_us;  /* from the first start to the last end */
	int64_t busy_us;  /* all jobs' wall times */
	int64_t user_us, sys_us;
	int64_t idle_us;
	int64_t
	    idle_tokens_us; /* for want of a token, with a task at hand; LOG_UNKNOWN as idle_tasks_us and idle_other_us, if rows do not tell what they waited for */
	int64_t
	    idle_tasks_us; /* for want of a task: none came, or none was read because of a limit of load or memory, or --delay */
	int64_t idle_end_us;   /* after the last job had been started */
	int64_t idle_other_us; /* with a task at hand, and no token missing */
	int64_t nothing_us;    /* of the wall time: nothing ran or waited */
	int64_t longest_us;
	size_t longest;   /* its place in jobs; (size_t)-1: none ran */
	bool targets;     /* there are some, so it is of a build */
	int64_t bound_us; /* what the run would have taken at least: the longest job, or all of them on all slots */
	enum log_cause cause;
};

/* Jobs with lanes, in the order of their start. `slots`: how many there were; 0: as the lanes tell. */
void log_sums_make(struct log_sums *s, const struct log_job *jobs, size_t count, uint32_t slots);
/*
 * Their sum, of times that are not negative; no sum is larger than a quarter of INT64_MAX, so that sums can be added.
 */
int64_t log_sums_add(int64_t x, int64_t y);
/* A word for the cause: "none", "longest", "slots", "tokens", "tasks", "end", "other", "untold". Static. */
const char *log_sums_cause(const struct log_sums *s);
/* Appends the sentence, without a newline. */
void log_sums_sentence(struct buf *b, const struct log_sums *s);
/* Appends the summary, some lines; `longest` is what the longest job is called, any bytes. Each line can be shown. */
void log_sums_text(struct buf *b, const struct log_sums *s, const char *longest);
/*
 * Appends a duration as people read it, in at most 9 characters: "0.003 s", "12.3 s", "14:05 min", "3:20 h"; "-" if
 * it is unknown.
 */
void log_sums_duration(struct buf *b, int64_t us);

#endif
