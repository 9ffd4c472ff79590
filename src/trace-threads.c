/*
 * Invariants: jobs are taken in the order of their starts, so a thread is free for one when its end is not later than that. Threads beside the slots are kept in heaps by
 * their ends: the first to be free is on top, and a new one is begun only when that is not free.
 */
#include "trace-threads.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Times are of two clocks: the start of the one that people set, the length of the one that only runs. */
enum { SLACK_US = 1000, SLACK_PART = 1000 };

/* The threads of a kind, the first to be free on top. */
struct heap {
	enum trace_kind kind;
	uint32_t *at; /* owned; indices of threads */
	size_t count, room;
};

static uint32_t
add_thread(struct trace_threads *tt, enum trace_kind kind, uint32_t number, uint32_t tid)
{
	if (tt->count == tt->room) {
		tt->room = tt->room == 0 ? 64 : 2 * tt->room;
		tt->threads = mem_resize(tt->threads, tt->room, sizeof *tt->threads);
	}
	tt->threads[tt->count] = (struct trace_thread){ .kind = kind, .number = number, .tid = tid, .end_us = INT64_MIN };
	return (uint32_t)tt->count++;
}

static struct trace_time
own_time(const struct trace_threads *tt, const struct log_job *job)
{
	struct trace_time time = { .start_us = job->start_us == LOG_UNKNOWN ? tt->first_us : job->start_us };

	time.end_us = time.start_us + (job->wall_us == LOG_UNKNOWN ? 0 : job->wall_us);
	return time;
}

/* Puts it there. When it will be shown. */
static struct trace_time
occupy(struct trace_thread *thread, struct trace_time time)
{
	int64_t slack = SLACK_US + (time.end_us - time.start_us) / SLACK_PART;

	/* Behind a long one that seems to last too long, several short ones may. */
	if (time.end_us <= thread->end_us && slack < thread->slack_us)
		slack = thread->slack_us;
	time.start_us = time.start_us < thread->end_us ? thread->end_us : time.start_us;
	time.end_us = time.end_us < time.start_us ? time.start_us : time.end_us;
	thread->end_us = time.end_us;
	thread->slack_us = slack;
	return time;
}

static bool
is_free(const struct trace_thread *thread, struct trace_time time)
{
	return thread->end_us == INT64_MIN || time.start_us >= thread->end_us - thread->slack_us;
}

static bool
ends_before(const struct trace_threads *tt, uint32_t a, uint32_t b)
{
	const struct trace_thread *x = &tt->threads[a], *y = &tt->threads[b];

	return x->end_us != y->end_us ? x->end_us < y->end_us : a < b;
}

/* The thread on top has a later end now. */
static void
sink(const struct trace_threads *tt, struct heap *h)
{
	uint32_t it = h->at[0];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < h->count; i = child) {
		if (child + 1 < h->count && ends_before(tt, h->at[child + 1], h->at[child]))
			child++;
		if (ends_before(tt, it, h->at[child]))
			break;
		h->at[i] = h->at[child];
	}
	h->at[i] = it;
}

/* A thread that has ended last comes in. */
static void
rise(const struct trace_threads *tt, struct heap *h, uint32_t it)
{
	size_t i = h->count++;

	if (h->count > h->room) {
		h->room = h->room == 0 ? 16 : 2 * h->room;
		h->at = mem_resize(h->at, h->room, sizeof *h->at);
	}
	for (; i > 0 && ends_before(tt, it, h->at[(i - 1) / 2]); i = (i - 1) / 2)
		h->at[i] = h->at[(i - 1) / 2];
	h->at[i] = it;
}

/* A thread of the heap's kind for that time. */
static uint32_t
take(struct trace_threads *tt, struct heap *h, struct trace_time time)
{
	uint32_t it;

	if (h->count > 0 && tt->threads[h->at[0]].end_us <= time.start_us) {
		it = h->at[0];
		occupy(&tt->threads[it], time);
		sink(tt, h);
		return it;
	}
	it = add_thread(tt, h->kind, (uint32_t)h->count + 1, 0);
	occupy(&tt->threads[it], time);
	rise(tt, h, it);
	return it;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* A thread for each lane that jobs are in, and one for lane 0, last. */
static void
add_slots(struct trace_threads *tt, const struct log_table *t)
{
	uint32_t *lanes = mem_resize(NULL, t->count + 1, sizeof *lanes), last = 0;
	size_t count = 0;

	for (size_t i = 0; i < t->count; i++)
		if (!t->jobs[i].holds && t->jobs[i].lane != 0 && (count == 0 || lanes[count - 1] != t->jobs[i].lane))
			lanes[count++] = t->jobs[i].lane;
	qsort(lanes, count, sizeof *lanes, by_number);
	for (size_t i = 0; i < count; i++) {
		if (lanes[i] != last)
			add_thread(tt, TRACE_SLOT, lanes[i], lanes[i]);
		last = lanes[i];
	}
	free(lanes);
}

/* The index of the thread of a lane, which is there. */
static uint32_t
slot_thread(const struct trace_threads *tt, size_t slots, uint32_t lane)
{
	size_t low = 0, high = slots - 1;

	if (lane <= slots && tt->threads[lane - 1].number == lane)
		return lane - 1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tt->threads[middle].number < lane)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

/* The threads that are not of a lane have numbers behind those. */
static void
give_tids(struct trace_threads *tt, size_t slots)
{
	uint32_t tid = slots > 0 ? tt->threads[slots - 1].tid : 0;

	for (size_t i = slots; i < tt->count; i++)
		tt->threads[i].tid = ++tid;
}

static void
set_first(struct trace_threads *tt, const struct log_table *t)
{
	bool any = false;

	for (size_t i = 0; i < t->count; i++) {
		int64_t start = t->jobs[i].start_us;

		if (start != LOG_UNKNOWN && (!any || start < tt->first_us)) {
			tt->first_us = start;
			any = true;
		}
	}
}

void
trace_threads_make(struct trace_threads *tt, const struct log_table *t)
{
	struct heap never = { .kind = TRACE_NEVER }, makes = { .kind = TRACE_MAKE }, beside = { .kind = TRACE_BESIDE };
	size_t slots;

	*tt = (struct trace_threads){ .of = mem_resize(NULL, t->count + 1, sizeof *tt->of) };
	set_first(tt, t);
	add_slots(tt, t);
	slots = tt->count;
	for (size_t i = 0; i < t->count; i++) {
		const struct log_job *job = &t->jobs[i];
		struct trace_time time = own_time(tt, job);

		if (job->holds || job->lane == 0) {
			tt->of[i] = take(tt, job->holds ? &makes : &never, time);
			continue;
		}
		tt->of[i] = slot_thread(tt, slots, job->lane);
		if (is_free(&tt->threads[tt->of[i]], time))
			occupy(&tt->threads[tt->of[i]], time);
		else
			tt->of[i] = take(tt, &beside, time);
	}
	give_tids(tt, slots);
	for (size_t i = 0; i < tt->count; i++)
		tt->threads[i].end_us = INT64_MIN;
	free(never.at);
	free(makes.at);
	free(beside.at);
}

struct trace_time
trace_threads_place(struct trace_threads *tt, const struct log_table *t, size_t i)
{
	return occupy(&tt->threads[tt->of[i]], own_time(tt, &t->jobs[i]));
}

void
trace_threads_free(struct trace_threads *tt)
{
	free(tt->threads);
	free(tt->of);
	*tt = (struct trace_threads){ .threads = NULL };
}
