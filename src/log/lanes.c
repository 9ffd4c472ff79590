/*
 * One pass finds the parent jobs and one gives the lanes, both in the order of the starts.
 *
 * Invariants: until[] has for each slot the time at which it becomes free. `busy` is a heap of the lanes above the
 * slots that have a job, the one that becomes free first on top; `idle` is a heap of those that are free, the lowest on
 * top. So a job costs the logarithm of the number of lanes.
 */
#include "log/lanes.h"

#include <stdlib.h>

#include "base/mem.h"

/* Clocks are read one after the other, and some logs have only milliseconds. */
#define SLACK_US INT64_C(1000)

/*
 * A log may claim any slot. Those above this one are not checked one by one: their jobs get lanes as if they had no
 * slot.
 */
enum { SLOTS_MOST = 65536 };

static bool
ran(const struct log_job *job)
{
	return job->outcome != OUTCOME_INVALID && job->start_us != LOG_UNKNOWN && job->wall_us != LOG_UNKNOWN;
}

/*
 * The time from which another job may use this one's lane. It is a little before the job's end: a log in ms cuts off
 * both times, and a duration comes from another clock than a start, which may have been set in the meantime.
 */
static int64_t
free_us(const struct log_job *job)
{
	int64_t slack = SLACK_US + job->wall_us / 100;

	return job->start_us + job->wall_us - (slack < job->wall_us / 2 ? slack : job->wall_us / 2);
}

/* Parent jobs ----------------------------------------------------------------------------------------------------- */

struct process {
	struct log_job *job; /* borrowed */
};

/* Jobs with a pid, by file, pid and start. */
struct pids {
	struct process *of; /* owned */
	size_t count;
};

static int
compare_pids(const void *a, const void *b)
{
	const struct log_job *x = ((const struct process *)a)->job, *y = ((const struct process *)b)->job;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->start_us > y->start_us) - (x->start_us < y->start_us);
}

static struct pids
pids_of(struct log_job *jobs, size_t count)
{
	struct pids p = { mem_resize(NULL, count, sizeof(struct process)), 0 };

	for (size_t i = 0; i < count; i++)
		if (jobs[i].pid != 0 && ran(&jobs[i]))
			p.of[p.count++].job = &jobs[i];
	if (p.count > 0)
		qsort(p.of, p.count, sizeof(p.of[0]), compare_pids);
	return p;
}

/* The number of jobs in p that do not come after the given one. */
static size_t
count_to(const struct pids *p, struct log_job *job)
{
	struct process key = { job };
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_pids(&p->of[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Marks the job that was the child's parent when it ran. The kernel uses a pid again, so the times have to fit too. */
static void
mark_parent(const struct pids *p, const struct log_job *child)
{
	struct log_job key = { .file = child->file, .pid = child->parent, .start_us = child->start_us + SLACK_US };
	size_t at = count_to(p, &key);
	struct log_job *parent_job = at > 0 ? p->of[at - 1].job : NULL;

	if (parent_job == NULL || parent_job == child || parent_job->file != key.file || parent_job->pid != key.pid)
		return;
	if (parent_job->start_us + parent_job->wall_us + SLACK_US >= child->start_us + child->wall_us)
		parent_job->is_parent = true;
}

static void
mark_parents(struct log_job *jobs, size_t count)
{
	struct pids p = { NULL, 0 };

	for (size_t i = 0; i < count; i++) {
		if (jobs[i].parent == 0 || !ran(&jobs[i]))
			continue;
		if (p.of == NULL)
			p = pids_of(jobs, count);
		mark_parent(&p, &jobs[i]);
	}
	free(p.of);
}

/* Lanes ------------------------------------------------------------------------------------------------------------ */

struct lane {
	int64_t key; /* the time at which it becomes free, or its number */
	uint32_t lane;
};

/* The smallest key on top. */
struct heap {
	struct lane *of; /* owned */
	size_t count, capacity;
};

static void
push(struct heap *h, struct lane l)
{
	size_t at = h->count++;

	if (h->count > h->capacity) {
		h->capacity = h->count * 2;
		h->of = mem_resize(h->of, h->capacity, sizeof(*h->of));
	}
	for (; at > 0 && h->of[(at - 1) / 2].key > l.key; at = (at - 1) / 2)
		h->of[at] = h->of[(at - 1) / 2];
	h->of[at] = l;
}

/* The heap must not be empty. */
static struct lane
pop(struct heap *h)
{
	struct lane top = h->of[0], l = h->of[--h->count];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < h->count) {
		if (child + 1 < h->count && h->of[child + 1].key < h->of[child].key)
			child++;
		if (h->of[child].key >= l.key)
			break;
		h->of[at] = h->of[child];
		at = child;
	}
	h->of[at] = l;
	return top;
}

/* Lanes that are made when they are needed, from `first` on. */
struct lanes {
	struct heap busy, idle;
	uint32_t first, count;
};

static uint32_t
take(struct lanes *l, const struct log_job *job)
{
	uint32_t lane;

	while (l->busy.count > 0 && l->busy.of[0].key <= job->start_us) {
		struct lane ended = pop(&l->busy);

		ended.key = ended.lane;
		push(&l->idle, ended);
	}
	lane = l->idle.count > 0 ? pop(&l->idle).lane : l->first + l->count++;
	push(&l->busy, (struct lane){ free_us(job), lane });
	return lane;
}

static uint32_t
highest_slot(const struct log_job *jobs, size_t count)
{
	uint32_t highest = 0;

	for (size_t i = 0; i < count; i++)
		if (!jobs[i].is_parent && ran(&jobs[i]) && jobs[i].lane <= SLOTS_MOST && jobs[i].lane > highest)
			highest = jobs[i].lane;
	return highest;
}

/* Leaves the job in its own slot, if no other job is there. */
static bool
keep_slot(int64_t *until, uint32_t slots, const struct log_job *job)
{
	if (job->lane == 0 || job->lane > slots || until[job->lane] > job->start_us)
		return false;
	until[job->lane] = free_us(job);
	return true;
}

/* Gives lanes to the parent jobs, or to all others. Returns the highest. */
static uint32_t
give(struct log_job *jobs, size_t count, bool parents, uint32_t above, uint32_t slots)
{
	int64_t *until = mem_resize(NULL, (size_t)slots + 1, sizeof(*until));
	struct lanes l = { .first = above + slots + 1 };

	for (uint32_t i = 0; i <= slots; i++)
		until[i] = INT64_MIN;
	for (size_t i = 0; i < count; i++)
		if (ran(&jobs[i]) && jobs[i].is_parent == parents && !keep_slot(until, slots, &jobs[i]))
			jobs[i].lane = take(&l, &jobs[i]);
	free(until);
	free(l.busy.of);
	free(l.idle.of);
	return above + slots + l.count;
}

uint32_t
log_lanes_make(struct log_job *jobs, size_t count)
{
	uint32_t highest;

	for (size_t i = 0; i < count; i++) {
		jobs[i].is_parent = false;
		if (!ran(&jobs[i]))
			jobs[i].lane = 0;
	}
	mark_parents(jobs, count);
	highest = give(jobs, count, false, 0, highest_slot(jobs, count));
	return give(jobs, count, true, highest, 0);
}
