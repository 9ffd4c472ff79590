/*
 * What a log comes to: each slot's time is counted once, as busy or as idle for one reason, and the largest loss is
 * what the sentence tells.
 */
#include "log/sums.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MS INT64_C(1000)

/* A job that exited 0, read `queued` and wanting a token `token` ms before its start; -1: not told. */
static struct log_job
job(uint32_t slot, int64_t start_ms, int64_t wall_ms, int64_t queued_ms, int64_t token_ms)
{
	return (struct log_job){ .start_us = start_ms * MS,
		.wall_us = wall_ms * MS,
		.lane = slot,
		.attempt = 1,
		.queued_us = queued_ms < 0 ? LOG_UNKNOWN : queued_ms * MS,
		.token_us = token_ms < 0 ? LOG_UNKNOWN : token_ms * MS,
		.user_us = wall_ms * MS / 2,
		.sys_us = wall_ms * MS / 4 };
}

static struct log_sums
sums(const struct log_job *jobs, size_t count, uint32_t slots)
{
	struct log_sums s;

	log_sums_make(&s, jobs, count, slots);
	return s;
}

static bool
idles(const struct log_sums *s, int64_t tokens_ms, int64_t tasks_ms, int64_t end_ms, int64_t other_ms)
{
	return s->idle_tokens_us == tokens_ms * MS && s->idle_tasks_us == tasks_ms * MS &&
	    s->idle_end_us == end_ms * MS && s->idle_other_us == other_ms * MS;
}

static void
check(const struct log_sums *s, const char *cause, const char *part, const char *what)
{
	struct buf b = { 0 };

	log_sums_sentence(&b, s);
	buf_addc(&b, '\0');
	tap_ok(strcmp(log_sums_cause(s), cause) == 0 && strstr(b.data, part) != NULL, "%s: %s: %s", what,
	    log_sums_cause(s), b.data);
	buf_free(&b);
}

static void
test_counts(void)
{
	struct log_job jobs[OUTCOME_COUNT];
	struct log_sums s;

	for (size_t i = 0; i < COUNT(jobs); i++) {
		jobs[i] = job(1, (int64_t)i * 10, 10, 0, 0);
		jobs[i].outcome = (enum outcome)i;
	}
	jobs[2].attempt = 2;
	s = sums(jobs, COUNT(jobs), 0);
	tap_ok(s.jobs == 8 && s.tasks == 7 && s.ok == 1 && s.failed == 3 && s.killed == 4 && s.lost == 5,
	    "counts: attempts, tasks, and how they ended");
	tap_ok(s.wall_us == 80 * MS && s.busy_us == 80 * MS && s.user_us == 40 * MS && s.sys_us == 20 * MS,
	    "times: wall times and CPU times are added up");
	check(&s, "slots", "The one slot was busy for 100%", "one slot, always busy");
}

static void
test_idle(void)
{
	/*
	 * Two slots. 0-100: both busy. 100-150: one idle, a task waits for a token. 150-200: busy. 200-230: one idle,
	 * no task is read. 230-240: a task is read but not started. At 240 the last one starts; 300-400 is the end.
	 */
	static const int64_t start[] = { 0, 0, 100, 150, 240 };
	struct log_job jobs[] = { job(1, start[0], 100, 0, 0), job(2, start[1], 100, 0, 0),
		job(1, start[2], 300, 100, 0), job(2, start[3], 50, 120, 50), job(2, start[4], 60, 10, 0) };
	struct log_sums s = sums(jobs, COUNT(jobs), 0);

	tap_ok(idles(&s, 50, 30, 100, 10), "idle: for tokens %d, for tasks %d, at the end %d, others %d",
	    (int)s.idle_tokens_us, (int)s.idle_tasks_us, (int)s.idle_end_us, (int)s.idle_other_us);
	tap_ok(s.idle_us == 190 * MS && s.busy_us + s.idle_us == 2 * s.wall_us && s.busiest == 2,
	    "idle: the parts add up to the whole");
	tap_ok(s.longest == 2 && s.longest_us == 300 * MS && s.bound_us == 305 * MS,
	    "bound: all jobs spread over all slots");
	check(&s, "end", "the longest one should start first", "the end");
	s.targets = true;
	check(&s, "end", "the longest one, or what it depends on, should start first", "the end of a build");
	s = sums(jobs, COUNT(jobs), 4);
	tap_ok(s.slots == 4 && s.busy_us + s.idle_us == 4 * s.wall_us && s.bound_us == 300 * MS,
	    "bound: with more slots than the log shows, the longest job");
	s = sums(jobs, COUNT(jobs), 1);
	tap_ok(
	    s.slots == 1 && s.idle_us == 0 && s.busiest == 2, "idle: fewer slots than jobs at a time are never idle");
}

static void
test_causes(void)
{
	struct log_job tokens[] = { job(1, 0, 100, 0, 0), job(1, 100, 100, 100, 0), job(2, 190, 15, 190, 190),
		job(1, 200, 10, 200, 10) };
	struct log_job tasks[] = { job(1, 0, 10, 0, 0), job(2, 90, 10, 0, 0), job(1, 90, 12, 0, 0) };
	struct log_job far[] = { job(1, 0, 10, 0, 0), job(1, 90000, 10, 0, 0), job(2, 90000, 10, 0, 0) };
	struct log_job near[] = { job(1, 0, 40, 0, 0), job(2, 0, 35, 0, 0), job(1, 70, 30, 0, 0),
		job(2, 70, 29, 0, 0) };
	struct log_job one[] = { job(1, 0, 80, 0, 0), job(1, 80, 20, 0, 0), job(2, 80, 20, 0, 0) };
	struct log_job longest[] = { job(1, 0, 1000, 0, 0), job(2, 10, 10, 0, 0) };
	struct log_job other[] = { job(1, 0, 10, 0, 0), job(2, 90, 10, 90, 0), job(1, 90, 10, 90, 0) };
	struct log_job unknown[] = { job(1, 0, 10, -1, -1), job(2, 90, 10, -1, -1), job(1, 90, 10, -1, -1) };
	struct log_sums s = sums(tokens, COUNT(tokens), 0);

	check(&s, "tokens", "waiting for jobserver tokens that others had", "tokens");
	s = sums(tasks, COUNT(tasks), 0);
	check(&s, "tasks", "For 78% of the time nothing ran or waited", "tasks");
	s = sums(far, COUNT(far), 0);
	check(&s, "tasks", "or these are several runs", "two runs in one log");
	s = sums(near, COUNT(near), 0);
	check(&s, "tasks", "For 30% of the time nothing ran", "two runs in one log with a shorter pause");
	s = sums(one, COUNT(one), 0);
	check(&s, "tasks", "Slots were idle for 40% of their time because tasks came too slowly",
	    "one slot busy all the time");
	s = sums(longest, COUNT(longest), 0);
	check(&s, "longest", "The longest job alone took 1.000 s of 1.000 s", "one job as long as the run");
	s = sums(other, COUNT(other), 0);
	check(&s, "other", "though a task was waiting", "a task waits, but not for a token");
	s = sums(unknown, COUNT(unknown), 0);
	check(&s, "untold", "the log does not say why", "a log without waiting times");
	unknown[1].target = 1;
	s = sums(unknown, COUNT(unknown), 0);
	check(&s, "untold", "steps of a build wait for steps", "a build");
	tap_ok(s.idle_tokens_us == LOG_UNKNOWN && s.idle_tasks_us == LOG_UNKNOWN && s.idle_other_us == LOG_UNKNOWN &&
		s.idle_end_us == 0,
	    "idle: without waiting times the reasons are unknown");
}

static void
test_parents(void)
{
	struct log_job jobs[] = { job(3, 0, 1000, 0, 0), job(1, 10, 500, 0, 0), job(2, 10, 500, 0, 0),
		job(0, 600, 0, 0, 0) };
	struct log_sums s;

	jobs[0].is_parent = true;
	jobs[3].outcome = OUTCOME_INVALID;
	s = sums(jobs, COUNT(jobs), 0);
	tap_ok(s.jobs == 4 && s.parents == 1 && s.slots == 2 && s.busy_us == 1000 * MS && s.wall_us == 500 * MS &&
		s.failed == 1,
	    "parents: a parent job, and a job that never ran, add no time");
}

static void
test_nothing(void)
{
	struct log_job jobs[] = { job(0, 0, 0, 0, 0) };
	struct buf b = { 0 };
	struct log_sums s = sums(NULL, 0, 0);

	check(&s, "none", "Nothing ran.", "no jobs");
	s = sums(jobs, 1, 4);
	check(&s, "none", "Nothing ran.", "a job that never ran");
	tap_ok(s.wall_us == LOG_UNKNOWN && s.bound_us == LOG_UNKNOWN && s.longest == (size_t)-1,
	    "nothing ran: times and bound are unknown");
	log_sums_text(&b, &s, "");
	tap_ok(b.len > 0 && b.data[b.len - 1] == '\n' && memchr(b.data, '%', b.len) == NULL,
	    "nothing ran: the text has no percentages");
	buf_free(&b);
}

/* At each moment each slot is busy or idle, and idle for one reason. */
static void
test_random(void)
{
	enum { MANY = 2000, SLOTS = 7 };
	struct log_job *jobs = calloc(MANY, sizeof(*jobs));
	int64_t until[SLOTS] = { 0 }, now = 1000;
	unsigned state = 7;
	struct log_sums s;

	for (int i = 0; i < MANY; i++) {
		int slot = 0;

		for (int k = 1; k < SLOTS; k++)
			if (until[k] < until[slot])
				slot = k;
		state = state * 1103515245 + 12345;
		now = (until[slot] > now ? until[slot] : now) + state / 65536 % 5;
		jobs[i] = job((uint32_t)slot + 1, now, 1 + state / 131072 % 40, state / 262144 % 30, 0);
		jobs[i].token_us = state % 3 == 0 ? jobs[i].queued_us / 2 : 0;
		until[slot] = now + jobs[i].wall_us / MS;
	}
	s = sums(jobs, MANY, 0);
	tap_ok(s.busy_us + s.idle_us == s.slots * s.wall_us,
	    "random jobs: busy and idle times add up to the time of all slots");
	tap_ok(s.idle_tokens_us + s.idle_tasks_us + s.idle_end_us + s.idle_other_us == s.idle_us,
	    "random jobs: the reasons add up to the idle time");
	tap_ok(s.idle_tokens_us > 0 && s.idle_tasks_us > 0 && s.idle_other_us > 0 && s.bound_us <= s.wall_us &&
		s.busiest <= s.slots,
	    "random jobs: each reason occurs");
	free(jobs);
}

/* Sums too large for a number. */
static void
test_far(void)
{
	enum { MANY = 1000 };
	struct log_job *jobs = calloc(MANY, sizeof(*jobs));
	struct log_sums s;

	for (uint32_t i = 0; i < MANY; i++) {
		jobs[i] = job(i + 1, 0, 0, 0, 0);
		jobs[i].wall_us = jobs[i].user_us = i % 2 == 0 ? LOG_TIME_MOST : 0;
	}
	s = sums(jobs, MANY, 100000);
	tap_ok(s.busy_us == INT64_MAX / 4 && s.idle_us == INT64_MAX / 4 && s.wall_us == LOG_TIME_MOST &&
		s.bound_us == LOG_TIME_MOST,
	    "large times: sums are limited");
	check(&s, "longest", "The longest job", "large times have a sentence");
	free(jobs);
}

static void
duration_is(int64_t us, const char *want)
{
	struct buf b = { 0 };

	log_sums_duration(&b, us);
	buf_addc(&b, '\0');
	tap_ok(strcmp(b.data, want) == 0 && strlen(want) <= 9, "%lld us: %s", (long long)us, b.data);
	buf_free(&b);
}

int
main(void)
{
	test_counts();
	test_idle();
	test_causes();
	test_parents();
	test_nothing();
	test_random();
	test_far();
	duration_is(LOG_UNKNOWN, "-");
	duration_is(999, "0.000 s");
	duration_is(9999999, "9.999 s");
	duration_is(10 * 1000 * MS, "10.0 s");
	duration_is(99999 * MS, "99.9 s");
	duration_is(100 * 1000 * MS, "1:40 min");
	duration_is(INT64_C(3599) * 1000 * MS, "59:59 min");
	duration_is(INT64_C(7260) * 1000 * MS, "2:01 h");
	return tap_done();
}
