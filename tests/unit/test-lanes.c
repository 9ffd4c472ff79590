/* lanes: one job at a time in each, as few lanes as possible, slots are kept, and parent jobs come last. */
#include "log/lanes.h"

#include <stdlib.h>

#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MS INT64_C(1000)

static struct log_job
job(int64_t start_ms, int64_t wall_ms, uint32_t slot)
{
	return (struct log_job){ .start_us = start_ms * MS, .wall_us = wall_ms * MS, .lane = slot };
}

static void
lanes_are(struct log_job *jobs, size_t count, const uint32_t *want, uint32_t highest, const char *what)
{
	uint32_t got = log_lanes_make(jobs, count);
	bool good = got == highest;

	for (size_t i = 0; i < count; i++) {
		good = good && jobs[i].lane == want[i];
		if (jobs[i].lane != want[i])
			printf("# job %zu has lane %u, not %u\n", i, jobs[i].lane, want[i]);
	}
	tap_ok(good, "%s: the highest is %u", what, got);
}

static void
test_greedy(void)
{
	struct log_job jobs[] = { job(0, 100, 0), job(0, 50, 0), job(10, 10, 0), job(20, 100, 0), job(60, 10, 0),
		job(60, 10, 0), job(100, 20, 0) };
	static const uint32_t want[] = { 1, 2, 3, 3, 2, 4, 1 };

	lanes_are(jobs, COUNT(jobs), want, 4, "lanes: without slots, a job gets the lowest free lane");
}

static void
test_slots(void)
{
	struct log_job jobs[] = { job(0, 100, 2), job(0, 100, 1), job(0, 100, 0), job(50, 100, 2), job(100, 100, 2),
		job(160, 5, 0), job(201, 5, 2) };
	static const uint32_t want[] = { 2, 1, 3, 4, 2, 3, 2 };

	lanes_are(jobs, COUNT(jobs), want, 4, "lanes: a job keeps its slot unless another job is in it");
}

static void
test_never_ran(void)
{
	struct log_job jobs[] = { job(0, 100, 1), job(0, 0, 0), job(0, 0, 7), job(0, 10, 3000000000u), job(0, 0, 0) };
	static const uint32_t want[] = { 1, 0, 0, 2, 3 };

	jobs[1].outcome = OUTCOME_INVALID;
	jobs[2].wall_us = LOG_UNKNOWN;
	lanes_are(jobs, COUNT(jobs), want, 3, "lanes: a job that never ran has none, and an absurd slot is ignored");
	tap_ok(log_lanes_make(NULL, 0) == 0, "lanes: no jobs, no lanes");
}

static struct log_job
child(struct log_job j, uint32_t pid, uint32_t parent)
{
	j.pid = pid;
	j.parent = parent;
	return j;
}

static void
test_parents(void)
{
	/* Pid 5 starts 7, which starts 8. Another process has pid 5 at 200 ms. */
	struct log_job jobs[] = { child(job(0, 100, 0), 5, 0), child(job(10, 80, 0), 7, 5), child(job(20, 10, 0), 8, 7),
		child(job(30, 10, 0), 9, 5), child(job(200, 10, 0), 5, 0), child(job(300, 10, 0), 10, 5),
		child(job(301, 10, 0), 11, 11), child(job(302, 10, 0), 12, 99) };
	static const uint32_t want[] = { 4, 5, 1, 1, 1, 1, 2, 3 };
	static const bool is_parent[] = { true, true, false, false, false, false, false, false };
	bool good = true;

	lanes_are(jobs, COUNT(jobs), want, 5, "lanes: parent jobs are above the others");
	for (size_t i = 0; i < COUNT(jobs); i++)
		good = good && jobs[i].is_parent == is_parent[i];
	tap_ok(good, "parents: found by pid and time");
	jobs[1].file = jobs[3].file = 1;
	log_lanes_make(jobs, COUNT(jobs));
	tap_ok(!jobs[0].is_parent, "parents: a pid in another file is another process");
}

/* Two jobs in one lane never run at the same time, and there are as many lanes as jobs at the busiest moment. */
static void
test_random(void)
{
	enum { MANY = 3000 };
	struct log_job *jobs = calloc(MANY, sizeof(*jobs));
	unsigned busiest = 0, overlaps = 0, state = 1;
	uint32_t lanes;

	for (int i = 0; i < MANY; i++) {
		state = state * 1103515245 + 12345;
		jobs[i] = job(i * 3, 10 + state / 65536 % 90, 0);
		/* Whole seconds later, so that the slack does not matter. */
		jobs[i].start_us *= 1000;
		jobs[i].wall_us *= 1000;
	}
	lanes = log_lanes_make(jobs, MANY);
	for (int i = 0; i < MANY; i++) {
		unsigned at_once = 1;

		for (int k = 0; k < i; k++) {
			bool runs =
			    jobs[k].start_us + jobs[k].wall_us - jobs[k].wall_us / 100 - 1000 > jobs[i].start_us;

			at_once += runs;
			overlaps += runs && jobs[k].lane == jobs[i].lane;
		}
		busiest = at_once > busiest ? at_once : busiest;
	}
	tap_ok(overlaps == 0, "random jobs: no two at a time in a lane: %u", overlaps);
	tap_ok(lanes == busiest, "random jobs: %u lanes for %u jobs at a time", lanes, busiest);
	free(jobs);
}

int
main(void)
{
	test_greedy();
	test_slots();
	test_never_ran();
	test_parents();
	test_random();
	return tap_done();
}
