/* jumps: simulated runs in which the clock is set, and runs and logs that only look like it. */
#include "log/jumps.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

enum { JOBS = 60, SLOTS = 3, RUNS = 300 };

#define BEGIN_US (INT64_C(1700000000) * US_PER_S)
#define LAG_US (30 * US_PER_S)

static uint32_t
random_to(uint32_t most)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % (most + 1);
}

static int
compare_ends(const void *a, const void *b)
{
	const struct log_job *x = a, *y = b;
	int64_t x_us = x->start_us + x->wall_us, y_us = y->start_us + y->wall_us;

	return (x_us > y_us) - (x_us < y_us);
}

/* A run of JOBS jobs on SLOTS slots, of up to 100 s each, in the order of their ends. Returns its length. */
static int64_t
simulate(struct log_job *jobs)
{
	int64_t free_us[SLOTS] = { 0, 1, 2 };
	int64_t end_us = 0;

	memset(jobs, 0, JOBS * sizeof(*jobs));
	for (size_t i = 0; i < JOBS; i++) {
		size_t slot = 0;

		for (size_t s = 1; s < SLOTS; s++)
			if (free_us[s] < free_us[slot])
				slot = s;
		jobs[i].seq = i + 1;
		jobs[i].attempt = 1;
		jobs[i].lane = (uint32_t)slot + 1;
		jobs[i].start_us = BEGIN_US + free_us[slot];
		jobs[i].wall_us = random_to(100) * US_PER_S;
		free_us[slot] += jobs[i].wall_us + 1000 + (int64_t)slot;
		if (free_us[slot] > end_us)
			end_us = free_us[slot];
	}
	qsort(jobs, JOBS, sizeof(*jobs), compare_ends);
	return end_us;
}

/* Sets the clock by this much at this moment of the run: jobs that start later have other starts. */
static void
set_clock(struct log_job *jobs, int64_t at_us, int64_t by_us)
{
	for (size_t i = 0; i < JOBS; i++)
		if (jobs[i].start_us - BEGIN_US >= at_us)
			jobs[i].start_us += by_us;
}

static int64_t
span(const struct log_job *jobs)
{
	int64_t first_us = INT64_MAX, last_us = INT64_MIN;

	for (size_t i = 0; i < JOBS; i++) {
		if (jobs[i].start_us < first_us)
			first_us = jobs[i].start_us;
		if (jobs[i].start_us + jobs[i].wall_us > last_us)
			last_us = jobs[i].start_us + jobs[i].wall_us;
	}
	return last_us - first_us;
}

static bool
same_starts(const struct log_job *a, const struct log_job *b)
{
	for (size_t i = 0; i < JOBS; i++)
		if (a[i].seq != b[i].seq || a[i].start_us != b[i].start_us)
			return false;
	return true;
}

static void
test_untouched(void)
{
	struct log_job jobs[JOBS], before[JOBS];
	bool same = true;

	for (int i = 0; i < RUNS; i++) {
		struct log_jumps jumps = { 0 };

		simulate(jobs);
		if (i % 2 == 1)
			set_clock(jobs, random_to(1000) * US_PER_S, 10 * US_PER_S); /* too little to matter */
		memcpy(before, jobs, sizeof(jobs));
		log_jumps_mend(&jumps, jobs, JOBS);
		same = same && jumps.count == 0 && same_starts(before, jobs);
	}
	tap_ok(same, "jumps: a run without one is unchanged");
}

static void
test_back(void)
{
	struct log_job jobs[JOBS];
	bool fits = true;
	int found = 0;

	for (int i = 0; i < RUNS; i++) {
		int64_t true_us = simulate(jobs), by_us = (600 + (int64_t)random_to(100000)) * US_PER_S, us;
		struct log_jumps jumps = { 0 };

		/*
		 * Not before each slot has had a job: the first one of a slot has nothing that it can be compared
		 * with.
		 */
		set_clock(jobs, 300 * US_PER_S, -by_us);
		log_jumps_mend(&jumps, jobs, JOBS);
		us = span(jobs);
		found += jumps.count == 1;
		fits = fits && us <= true_us + LAG_US && us >= true_us - 300 * US_PER_S && jumps.largest_us < 0 &&
		    -jumps.largest_us <= by_us;
	}
	tap_ok(fits && found == RUNS, "jumps: back: each is found, and the run has its length again (%d of %d)", found,
	    RUNS);
}

static void
test_forward(void)
{
	struct log_job jobs[JOBS];
	bool fits = true;
	int found = 0;

	for (int i = 0; i < RUNS; i++) {
		int64_t true_us = simulate(jobs), by_us = (600 + (int64_t)random_to(100000)) * US_PER_S, raw_us;
		struct log_jumps jumps = { 0 };

		set_clock(jobs, 300 * US_PER_S, by_us);
		raw_us = span(jobs);
		log_jumps_mend(&jumps, jobs, JOBS);
		found += jumps.count > 0;
		fits = fits && (jumps.count == 0 ? span(jobs) == raw_us : span(jobs) <= true_us + 300 * US_PER_S) &&
		    jumps.largest_us >= 0 && jumps.largest_us <= by_us;
	}
	/* If each job that was running ends before one that started later, it looks like a pause. */
	tap_ok(fits && found > RUNS / 4, "jumps: forward: those that the order shows are taken out (%d of %d)", found,
	    RUNS);
}

static int
compare_longest(const void *a, const void *b)
{
	const struct log_job *x = a, *y = b;

	return (x->wall_us < y->wall_us) - (x->wall_us > y->wall_us);
}

static int
compare_starts(const void *a, const void *b)
{
	const struct log_job *x = a, *y = b;

	return (x->start_us > y->start_us) - (x->start_us < y->start_us);
}

/* Logs that someone has sorted. */
static void
test_sorted(void)
{
	int (*const orders[])(const void *a, const void *b) = { compare_longest, compare_starts };
	struct log_job jobs[JOBS], before[JOBS];
	bool same[2] = { true, true };

	for (int i = 0; i < RUNS; i++) {
		struct log_jumps jumps = { 0 };

		simulate(jobs);
		/* Far beyond the lag. */
		for (size_t j = 0; j < JOBS; j++) {
			jobs[j].wall_us *= 10;
			jobs[j].start_us = BEGIN_US + (jobs[j].start_us - BEGIN_US) * 10;
		}
		qsort(jobs, JOBS, sizeof(*jobs), orders[i % 2]);
		memcpy(before, jobs, sizeof(jobs));
		log_jumps_mend(&jumps, jobs, JOBS);
		same[i % 2] = same[i % 2] && jumps.count == 0 && same_starts(before, jobs);
	}
	tap_ok(same[0], "jumps: records in the order of their durations are unchanged");
	tap_ok(same[1], "jumps: records in the order of their starts are unchanged");
}

/* Two runs in one log: the second one begins with place 1 again, a day earlier. */
static void
test_two_runs(void)
{
	struct log_job jobs[2] = {
		{ .seq = 1, .attempt = 1, .lane = 1, .start_us = BEGIN_US, .wall_us = US_PER_S },
		{ .seq = 1, .attempt = 1, .lane = 1, .start_us = BEGIN_US - 86400 * US_PER_S, .wall_us = US_PER_S },
	};
	struct log_jumps jumps = { 0 };

	log_jumps_mend(&jumps, jobs, 2);
	tap_ok(jumps.count == 0 && jobs[1].start_us == BEGIN_US - 86400 * US_PER_S, "jumps: another run is unchanged");
}

int
main(void)
{
	test_untouched();
	test_back();
	test_forward();
	test_sorted();
	test_two_runs();
	return tap_done();
}
