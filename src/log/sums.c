/*
 * The idle times are made by one walk over the moments at which something changes: a job starts or ends, a task was
 * read, a token began to be waited for. Starts come in the order of the jobs; the other three are arrays, sorted.
 * Between two moments nothing changes, so each such time is added as a whole.
 *
 * Invariant: idle_us is the sum of its parts, if they are known: what a slot was idle for is decided once for each
 * time between two moments.
 */
#include "log/sums.h"

#include <stdlib.h>

#include "base/mem.h"

#define NOT_ANY ((size_t)-1)
#define SUM_MOST (INT64_MAX / 4)

enum {
	NEARLY_PERCENT = 90, /* of the run: a job that takes as much is the run */
	SMALL_PERCENT = 5,   /* of the slots' time: as little idleness is none */
};

static bool
counts(const struct log_job *job)
{
	return job->lane != 0 && !job->holds;
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

/* So many slots for that long. */
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
	bool ok = job->outcome == OUTCOME_OK;

	s->jobs++;
	s->tasks += job->attempt <= 1;
	s->holders += job->holds;
	s->ok += ok;
	s->killed += outcome_killed(job->outcome);
	s->failed += !ok && !outcome_killed(job->outcome);
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

/* When something begins or ends, in order. */
struct times {
	int64_t *at; /* owned */
	size_t count, next;
};

struct walk {
	const struct log_job *jobs;
	size_t count, next;               /* starts */
	struct times ends, read, asked;   /* asked: for a token */
	int64_t running, waiting, asking; /* at this moment */
	int64_t now_us, last_start_us;
	bool told; /* each job says how long it waited, and for what */
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
	struct walk w = { .jobs = jobs, .count = count, .told = true };

	for (size_t i = 0; i < count; i++) {
		if (!counts(&jobs[i]))
			continue;
		w.last_start_us = jobs[i].start_us;
		add_time(&w.ends, end_us(&jobs[i]), count);
		if (jobs[i].queued_us > 0)
			add_time(&w.read, jobs[i].start_us - jobs[i].queued_us, count);
		if (jobs[i].token_us > 0)
			add_time(&w.asked, jobs[i].start_us - jobs[i].token_us, count);
		w.told = w.told && jobs[i].queued_us != LOG_UNKNOWN && jobs[i].token_us != LOG_UNKNOWN;
	}
	sort_times(&w.ends);
	sort_times(&w.read);
	sort_times(&w.asked);
	return w;
}

/* The next moment; false: all is over, as the last thing is an end. */
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

/* All that happens at this moment. */
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
 * Adds the time from the last moment to this one. A pool reads a task when it may start one, and no further one while
 * that cannot start: so what that one waits for, all idle slots wait for.
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
		/* What waited before anything ran is no time of the run. */
		if (w.now_us >= first_us)
			add_idle(s, &w, at_us);
		change(&w, at_us);
		if (w.running > s->busiest)
			s->busiest = (uint32_t)w.running;
	}
	if (!w.told)
		s->idle_tokens_us = s->idle_tasks_us = s->idle_other_us = LOG_UNKNOWN;
	free(w.ends.at);
	free(w.read.at);
	free(w.asked.at);
}

/* What it comes to ------------------------------------------------------------------------------------------------- */

/* The wall time; *first_us is when it began. */
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

/* All slots' time. */
static int64_t
slots_us(const struct log_sums *s)
{
	return s->busy_us + s->idle_us;
}

static enum log_cause
cause_of(const struct log_sums *s)
{
	int64_t untold_us = s->idle_tasks_us == LOG_UNKNOWN ? s->idle_us - s->idle_end_us : 0;
	const struct {
		int64_t idle_us;
		enum log_cause cause;
	} parts[] = {
		{ s->idle_tokens_us, LOG_CAUSE_TOKENS },
		{ s->idle_tasks_us, LOG_CAUSE_TASKS },
		{ s->idle_end_us, LOG_CAUSE_END },
		{ s->idle_other_us, LOG_CAUSE_OTHER },
		{ untold_us, LOG_CAUSE_UNTOLD },
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
