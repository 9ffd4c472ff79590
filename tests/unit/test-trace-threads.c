/* trace-threads: nothing overlaps on a thread, slots keep their own, and as few threads as will do stand beside them. */
#include "trace-threads.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { MANY = 2000 };

static uint64_t
next_random(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static struct log_job
job(int64_t start_us, int64_t wall_us, uint32_t lane)
{
	return (struct log_job){ .start_us = start_us, .wall_us = wall_us, .lane = lane };
}

static struct log_table
table(struct log_job *jobs, size_t count)
{
	return (struct log_table){ .jobs = jobs, .count = count };
}

/* Is each job of the table shown behind the one before it on its thread, and at most `most` µs from its own time? */
static bool
is_apart(struct trace_threads *tt, const struct log_table *t, int64_t most)
{
	int64_t *ends = calloc(tt->count + 1, sizeof *ends);
	bool good = ends != NULL;

	for (size_t i = 0; good && i < t->count; i++) {
		struct trace_time time = trace_threads_place(tt, t, i);

		good = tt->of[i] < tt->count && time.start_us >= ends[tt->of[i]] && time.end_us >= time.start_us && time.start_us - t->jobs[i].start_us <= most;
		ends[tt->of[i]] = time.end_us;
	}
	free(ends);
	return good;
}

static bool
are_tids_apart(const struct trace_threads *tt)
{
	for (size_t i = 0; i < tt->count; i++)
		for (size_t k = 0; k < tt->count; k++)
			if (tt->threads[i].tid == 0 || (i != k && tt->threads[i].tid == tt->threads[k].tid))
				return false;
	return true;
}

static void
test_slots(void)
{
	struct log_job jobs[] = { job(1000, 500, 7), job(1000, 900, 2), job(1500, 10, 7), job(1900, 0, 2), job(1900, 10, 2) };
	struct log_table t = table(jobs, 5);
	struct trace_threads tt;

	trace_threads_make(&tt, &t);
	tap_ok(tt.count == 2 && tt.threads[0].number == 2 && tt.threads[1].tid == 7, "a thread for each slot, in their order");
	tap_ok(tt.of[0] == 1 && tt.of[1] == 0 && tt.of[2] == 1 && tt.of[3] == 0 && tt.of[4] == 0, "each job on its slot's");
	tap_ok(is_apart(&tt, &t, 0), "at its own time");
	tap_ok(tt.first_us == 1000, "the first start");
	trace_threads_free(&tt);
}

/* Of a start by the wall clock and a length by another. */
static void
test_slack(void)
{
	struct log_job jobs[] = { job(0, 5000000, 1), job(4994500, 1000, 1), job(4994600, 1000, 1), job(4900000, 1000, 1) };
	struct log_table t = table(jobs, 3);
	struct trace_threads tt;

	trace_threads_make(&tt, &t);
	tap_ok(tt.count == 1 && is_apart(&tt, &t, 5500), "what seems to begin a little before the one before it ended begins then");
	trace_threads_free(&tt);
	jobs[1] = jobs[3];
	t.count = 2;
	trace_threads_make(&tt, &t);
	tap_ok(tt.count == 2 && tt.threads[1].kind == TRACE_BESIDE && is_apart(&tt, &t, 0), "what begins long before is shown beside it");
	trace_threads_free(&tt);
}

static void
test_kinds(void)
{
	struct log_job jobs[] = { job(LOG_UNKNOWN, 5, 3), job(0, LOG_UNKNOWN, 0), job(0, 1000000, 1), job(10, 900000, 1), job(20, 300000, 1), job(400000, 1000, 2) };
	struct log_table t = table(jobs, 6);
	struct trace_threads tt;

	jobs[2].holds = jobs[3].holds = jobs[5].holds = true;
	trace_threads_make(&tt, &t);
	tap_ok(tt.count == 6 && tt.threads[0].number == 1 && tt.threads[1].number == 3, "only slots that something was in");
	tap_ok(tt.threads[tt.of[1]].kind == TRACE_NEVER, "what never ran has a thread");
	tap_ok(tt.threads[tt.of[2]].kind == TRACE_MAKE && tt.threads[tt.of[3]].kind == TRACE_MAKE && tt.of[2] != tt.of[3], "what holds others has threads of its own");
	tap_ok(tt.of[5] != tt.of[2] && tt.of[5] != tt.of[3] && tt.threads[tt.of[5]].number == 3, "as many as there are at a time");
	tap_ok(are_tids_apart(&tt) && is_apart(&tt, &t, 1), "apart from each other");
	trace_threads_free(&tt);
	trace_threads_make(&tt, &(struct log_table){ .jobs = NULL });
	tap_ok(tt.count == 0 && tt.first_us == 0, "no jobs, no threads");
	trace_threads_free(&tt);
}

/* Each slot has jobs one after the other, of `pools` pools; of one the threads are the slots, of more there are those of the others too. */
static void
test_many(uint32_t slots, uint32_t pools, int64_t slack)
{
	static struct log_job jobs[MANY];
	int64_t free_us[64] = { 0 }, now = 0;
	struct log_table t = table(jobs, MANY);
	struct trace_threads tt;

	for (size_t i = 0; i < MANY; i++) {
		uint32_t place = 0;

		for (uint32_t k = 1; k < slots * pools; k++)
			if (free_us[k] < free_us[place])
				place = k;
		now = now > free_us[place] ? now : free_us[place];
		jobs[i] = job(now, (int64_t)(next_random() % 1000000), 1 + place % slots);
		free_us[place] = now + jobs[i].wall_us;
	}
	trace_threads_make(&tt, &t);
	tap_ok(is_apart(&tt, &t, slack) && are_tids_apart(&tt), "%d jobs of %u pools with %u slots: none overlaps", MANY, (unsigned)pools, (unsigned)slots);
	tap_ok(tt.count >= slots && tt.count <= (size_t)slots * pools, "on %zu threads", tt.count);
	trace_threads_free(&tt);
}

int
main(void)
{
	test_slots();
	test_slack();
	test_kinds();
	test_many(1, 1, 0);
	test_many(8, 1, 0);
	test_many(4, 2, 2000);
	test_many(3, 9, 2000);
	return tap_done();
}
