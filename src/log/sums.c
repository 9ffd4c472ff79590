/*
 * One walk over the moments at which something changes adds up the idle times: a job starts or ends, a task is read, a
 * job begins to wait for a token. Starts come in the order of the jobs; the other three are sorted arrays. Nothing
 * changes between two moments, so each interval is added as a whole.
 *
 * Invariant: idle_us is the sum of its parts, if they are known. The reason why slots are idle is chosen once for each
 * interval.
 */
#include "log/sums.h"

#include <stdlib.h>

#include "base/mem.h"

#define NOT_ANY ((size_t)-1)
#define SUM_MOST (INT64_MAX / 4)

enum {
	NEARLY_PERCENT = 90, /* of the run: a job that took this much was the run */
	SMALL_PERCENT = 5,   /* of the time of all slots: less idleness than this does not matter */
};

static bool
counts(const struct log_job *job)
{
	return job->lane != 0 && !job->is_parent;
}

static int64_t
end_us(const struct log_job *job)
{
	return job->start_us + job->wall_us;
}

int64_t
log_sums_add(int64_t x, int64_t y)
{
	return x < SUM_MOST - y ? x + y : SUM_MOST;
}

/* The time of this number of slots. */
static int64_t
slots_time(int64_t slots, int64_t us)
{
	return us == 0 || slots < SUM_MOST / us ? slots * us : SUM_MOST;
}

/* Counts ----------------------------------------------------------------------------------------------------------- */

static void
add_known(int64_t *sum, int64_t n)
{
	if (n != LOG_UNKNOWN)
		*sum = *sum == LOG_UNKNOWN ? n : log_sums_add(*sum, n);
}

static void
count_job(struct log_sums *s, const struct log_job *job)
{
	bool ok = job->outcome == OUTCOME_OK, killed = !ok && outcome_killed(job->outcome);

	s->jobs++;
	s->tasks += job->attempt <= 1;
	s->parents += job->is_parent;
	s->ok += ok;
	s->killed += killed;
	s->failed += !ok && !killed;
	s->lost += !ok && outcome_final(job->outcome, job->left);
	s->targets |= job->target != 0;
}

static void
add_times(struct log_sums *s, const struct log_job *jobs, size_t i)
{
	const struct log_job *job = &jobs[i];

	if (!counts(job))
		return;
	if (job->lane > s->slots)
		s->slots = job->lane;
	if (s->longest == NOT_ANY || job->wall_us > s->longest_us) {
		s->longest = i;
		s->longest_us = job->wall_us;
	}
	add_known(&s->busy_us, job->wall_us);
	add_known(&s->user_us, job->user_us);
	add_known(&s->sys_us, job->sys_us);
}

/* The walk --------------------------------------------------------------------------------------------------------- */

/* Sorted times at which something begins or ends. */
struct times {
	int64_t *at; /* owned */
	size_t count, next;
};

struct walk {
	const struct log_job *jobs;
	size_t count, next;               /* starts */
	struct times ends, read, asked;   /* asked: began to wait for a token */
	int64_t running, waiting, asking; /* at this moment */
	int64_t now_us, last_start_us;
	bool waits_known; /* each row has its waiting times */
};

static void
add_time(struct times *t, int64_t at_us, size_t most)
{
	if (t->at == NULL)
		t->at = mem_resize(NULL, most, sizeof(*t->at));
	t->at[t->count++] = at_us;
}

static int
compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
sort_times(struct times *t)
{
	for (size_t i = 1; i < t->count; i++)
		if (t->at[i - 1] > t->at[i]) {
			qsort(t->at, t->count, sizeof(*t->at), compare_times);
			return;
		}
}

static bool
next_job(struct walk *w)
{
	while (w->next < w->count && !counts(&w->jobs[w->next]))
		w->next++;
	return w->next < w->count;
}

static struct walk
walk_new(const struct log_job *jobs, size_t count)
{
	struct walk w = { .jobs = jobs, .count = count, .now_us = INT64_MIN, .waits_known = true };

	for (size_t i = 0; i < count; i++) {
		if (!counts(&jobs[i]))
			continue;
		w.last_start_us = jobs[i].start_us;
		add_time(&w.ends, end_us(&jobs[i]), count);
		if (jobs[i].queued_us > 0)
			add_time(&w.read, jobs[i].start_us - jobs[i].queued_us, count);
		if (jobs[i].token_us > 0)
			add_time(&w.asked, jobs[i].start_us - jobs[i].token_us, count);
		w.waits_known = w.waits_known && jobs[i].queued_us != LOG_UNKNOWN && jobs[i].token_us != LOG_UNKNOWN;
	}
	sort_times(&w.ends);
	sort_times(&w.read);
	sort_times(&w.asked);
	return w;
}

/* Sets *at_us to the next moment. false: no more; an end is always the last one. */
static bool
next_moment(struct walk *w, int64_t *at_us)
{
	const struct times *of[] = { &w->ends, &w->read, &w->asked };

	*at_us = next_job(w) ? w->jobs[w->next].start_us : INT64_MAX;
	for (size_t i = 0; i < 3; i++)
		if (of[i]->next < of[i]->count && of[i]->at[of[i]->next] < *at_us)
			*at_us = of[i]->at[of[i]->next];
	return w->ends.next < w->ends.count;
}

static void
begin(struct times *t, int64_t *n, int64_t at_us)
{
	for (; t->next < t->count && t->at[t->next] == at_us; t->next++)
		++*n;
}

/* Applies everything that happens at this moment. */
static void
change(struct walk *w, int64_t at_us)
{
	begin(&w->read, &w->waiting, at_us);
	begin(&w->asked, &w->asking, at_us);
	for (; next_job(w) && w->jobs[w->next].start_us == at_us; w->next++) {
		w->running++;
		w->waiting -= w->jobs[w->next].queued_us > 0;
		w->asking -= w->jobs[w->next].token_us > 0;
	}
	for (; w->ends.next < w->ends.count && w->ends.at[w->ends.next] == at_us; w->ends.next++)
		w->running--;
	w->now_us = at_us;
}

/*
 * Adds the interval from the last moment to this one. A pool reads a task when it may start one, and does not read
 * another while that one cannot start. So whatever it waits for is the reason for all idle slots.
 */
static void
add_idle(struct log_sums *s, const struct walk *w, int64_t until_us)
{
	int64_t time_us = until_us - w->now_us,
		idle_us = s->slots > w->running ? slots_time(s->slots - w->running, time_us) : 0;
	int64_t *reason;

	s->idle_us = log_sums_add(s->idle_us, idle_us);
	if (w->running == 0 && w->waiting == 0)
		s->nothing_us += time_us;
	reason = w->now_us >= w->last_start_us ? &s->idle_end_us
	    : w->asking > 0                    ? &s->idle_tokens_us
	    : w->waiting > 0                   ? &s->idle_other_us
					       : &s->idle_tasks_us;
	*reason = log_sums_add(*reason, idle_us);
}

static void
add_all_idle(struct log_sums *s, const struct log_job *jobs, size_t count, int64_t first_us)
{
	struct walk w = walk_new(jobs, count);
	int64_t at_us;

	while (next_moment(&w, &at_us)) {
		/* Waiting before the first start is not a part of the run. */
		if (w.now_us >= first_us)
			add_idle(s, &w, at_us);
		change(&w, at_us);
		if (w.running > s->busiest)
			s->busiest = (uint32_t)w.running;
	}
	if (!w.waits_known)
		s->idle_tokens_us = s->idle_tasks_us = s->idle_other_us = LOG_UNKNOWN;
	free(w.ends.at);
	free(w.read.at);
	free(w.asked.at);
}

/* Results --------------------------------------------------------------------------------------------------------- */

/* The wall time; *first_us is its start. */
static int64_t
span(const struct log_job *jobs, size_t count, int64_t *first_us)
{
	int64_t last_us = INT64_MIN;

	*first_us = INT64_MAX;
	for (size_t i = 0; i < count; i++) {
		if (!counts(&jobs[i]))
			continue;
		if (*first_us == INT64_MAX)
			*first_us = jobs[i].start_us;
		if (end_us(&jobs[i]) > last_us)
			last_us = end_us(&jobs[i]);
	}
	return last_us == INT64_MIN ? LOG_UNKNOWN : last_us - *first_us;
}

static int64_t
percent(int64_t part, int64_t whole)
{
	return whole > 0 ? (int64_t)((double)part * 100 / (double)whole + 0.5) : 0;
}

/* The time of all slots. */
static int64_t
slots_us(const struct log_sums *s)
{
	return s->busy_us + s->idle_us;
}

static enum log_cause
cause_of(const struct log_sums *s)
{
	int64_t unknown_us = s->idle_tasks_us == LOG_UNKNOWN ? s->idle_us - s->idle_end_us : 0;
	const struct {
		int64_t idle_us;
		enum log_cause cause;
	} parts[] = {
		{ s->idle_tokens_us, LOG_CAUSE_TOKENS },
		{ s->idle_tasks_us, LOG_CAUSE_TASKS },
		{ s->idle_end_us, LOG_CAUSE_END },
		{ s->idle_other_us, LOG_CAUSE_OTHER },
		{ unknown_us, LOG_CAUSE_UNKNOWN },
	};
	size_t most = 0;

	if (s->longest == NOT_ANY)
		return LOG_CAUSE_NONE;
	if (s->slots > 1 && percent(s->longest_us, s->wall_us) >= NEARLY_PERCENT)
		return LOG_CAUSE_LONGEST;
	if (percent(s->idle_us, slots_us(s)) <= SMALL_PERCENT)
		return LOG_CAUSE_SLOTS;
	for (size_t i = 1; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].idle_us > parts[most].idle_us)
			most = i;
	return parts[most].cause;
}

void
log_sums_make(struct log_sums *s, const struct log_job *jobs, size_t count, uint32_t slots)
{
	int64_t first_us;

	*s = (struct log_sums){ .wall_us = LOG_UNKNOWN,
		.busy_us = LOG_UNKNOWN,
		.user_us = LOG_UNKNOWN,
		.sys_us = LOG_UNKNOWN,
		.longest_us = LOG_UNKNOWN,
		.longest = NOT_ANY,
		.bound_us = LOG_UNKNOWN };
	for (size_t i = 0; i < count; i++) {
		count_job(s, &jobs[i]);
		add_times(s, jobs, i);
	}
	if (slots != 0)
		s->slots = slots;
	s->wall_us = span(jobs, count, &first_us);
	if (s->longest != NOT_ANY) {
		int64_t shared_us = s->busy_us / s->slots + (s->busy_us % s->slots != 0);

		s->bound_us = shared_us > s->longest_us ? shared_us : s->longest_us;
		add_all_idle(s, jobs, count, first_us);
	}
	s->cause = cause_of(s);
}
