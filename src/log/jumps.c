/*
 * Invariants: jobs before `next` are mended, and their ends are in order, within LAG_US. shifts[] are the corrections
 * that were needed so far in this run, in ascending order, 0 among them; a job gets the smallest one with which it
 * fits.
 */
#include "log/jumps.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
	SLOTS_MOST = 65536, /* a log may claim any slot; jobs of those above are left alone */
	SHIFTS_MOST = 4,    /* more than three jumps in one log: its records are sorted in another way */
};

/* A record may be written this much after its job has ended, and another one before it. */
#define LAG_US (30 * US_PER_S)

/* The last job of a slot. */
struct slot {
	uint64_t seq; /* 0: none yet in this run */
	int64_t end_us;
};

struct run {
	struct log_job *jobs; /* borrowed */
	size_t count;
	size_t begin, next; /* the run's first job, and the one that comes next */
	struct slot *slots; /* owned */
	uint32_t slot_count;
	int64_t shifts[SHIFTS_MOST];
	size_t shift_count;
	bool any;         /* a job of the run has ended */
	int64_t end_us;   /* the latest end so far */
	uint64_t end_seq; /* whose it is */
	int64_t *starts;  /* owned: all starts as they were; NULL: none has changed */
	bool failed;      /* too many shifts */
};

static bool
counts(const struct log_job *job)
{
	return job->seq != 0 && job->lane != 0 && job->lane <= SLOTS_MOST && job->start_us != LOG_UNKNOWN &&
	    job->wall_us != LOG_UNKNOWN;
}

static void
begin_run(struct run *r)
{
	if (r->slots != NULL)
		memset(r->slots, 0, r->slot_count * sizeof(*r->slots));
	r->begin = r->next;
	r->shifts[0] = 0;
	r->shift_count = 1;
	r->any = false;
}

static struct slot *
slot_of(struct run *r, const struct log_job *job)
{
	uint32_t count = r->slot_count == 0 ? 64 : r->slot_count;

	while (count < job->lane)
		count *= 2;
	if (count > r->slot_count) {
		r->slots = mem_resize(r->slots, count, sizeof(*r->slots));
		memset(r->slots + r->slot_count, 0, (count - r->slot_count) * sizeof(*r->slots));
		r->slot_count = count;
	}
	return &r->slots[job->lane - 1];
}

static bool
follows_slot(const struct slot *slot, int64_t start_us)
{
	return slot->seq == 0 || start_us >= slot->end_us - LAG_US;
}

static bool
ends_last(const struct run *r, int64_t end_us)
{
	return !r->any || end_us >= r->end_us - LAG_US;
}

/* The smallest shift with which the job fits; INT64_MIN: none. */
static int64_t
fitting_shift(const struct run *r, const struct slot *slot, const struct log_job *job)
{
	for (size_t i = 0; i < r->shift_count; i++) {
		int64_t start_us = job->start_us + r->shifts[i];

		if (follows_slot(slot, start_us) && ends_last(r, start_us + job->wall_us))
			return r->shifts[i];
	}
	return INT64_MIN;
}

/* No job has been changed before the first shift. */
static void
keep_starts(struct run *r)
{
	if (r->starts != NULL)
		return;
	r->starts = mem_resize(NULL, r->count, sizeof(*r->starts));
	for (size_t i = 0; i < r->count; i++)
		r->starts[i] = r->jobs[i].start_us;
}

/* Adds a shift in its place. false: there are too many. */
static bool
add_shift(struct run *r, int64_t shift_us)
{
	size_t i = r->shift_count;

	r->failed = r->failed || i == SHIFTS_MOST || llabs(shift_us) > LOG_TIME_MOST;
	if (r->failed)
		return false;
	keep_starts(r);
	for (; i > 0 && r->shifts[i - 1] > shift_us; i--)
		r->shifts[i] = r->shifts[i - 1];
	r->shifts[i] = shift_us;
	r->shift_count++;
	return true;
}

static void
note(struct log_jumps *jumps, int64_t us)
{
	jumps->count++;
	if (llabs(us) > llabs(jumps->largest_us))
		jumps->largest_us = us;
}

/* Moves the jobs of the run that were taken after this one and start after its end by as much. */
static void
move_later(struct run *r, const struct log_job *job, int64_t by_us)
{
	int64_t end_us = job->start_us + job->wall_us;

	for (size_t i = r->begin; i < r->next; i++) {
		struct log_job *other = &r->jobs[i];

		if (!counts(other) || other->seq <= job->seq || other->start_us <= end_us)
			continue;
		other->start_us += by_us;
		slot_of(r, other)->end_us = other->start_us + other->wall_us;
	}
	r->end_us = end_us;
	for (size_t i = r->begin; i < r->next; i++)
		if (counts(&r->jobs[i]) && r->jobs[i].start_us + r->jobs[i].wall_us > r->end_us)
			r->end_us = r->jobs[i].start_us + r->jobs[i].wall_us;
}

/* The job ends long before another one whose record precedes it, with every shift that is known. */
static int64_t
find_jump(struct run *r, const struct slot *slot, const struct log_job *job, struct log_jumps *jumps)
{
	int64_t last_us = r->shifts[r->shift_count - 1], start_us = job->start_us + last_us,
		behind_us = r->end_us - start_us - job->wall_us;

	if (!follows_slot(slot, start_us)) {
		int64_t back_us = slot->end_us - start_us;

		if (add_shift(r, last_us + back_us)) {
			note(jumps, -back_us);
			return last_us + back_us;
		}
	} else if (job->seq < r->end_seq) {
		if (add_shift(r, last_us - behind_us)) {
			note(jumps, behind_us);
			move_later(r, job, -behind_us);
		}
	} else {
		r->failed = true;
	}
	return last_us;
}

static void
mend_next(struct run *r, struct log_jumps *jumps)
{
	struct log_job *job = &r->jobs[r->next];
	struct slot *slot = slot_of(r, job);
	int64_t shift_us;

	/* Places in the input only grow, unless a task is tried again, so this is another run. */
	if (slot->seq >= job->seq && job->attempt <= 1)
		begin_run(r);
	shift_us = fitting_shift(r, slot, job);
	if (shift_us == INT64_MIN) {
		/* Two pools with one log have jobs in the same slot. */
		shift_us = r->shifts[r->shift_count - 1];
		if (!ends_last(r, job->start_us + shift_us + job->wall_us))
			shift_us = find_jump(r, slot, job, jumps);
	}
	job->start_us += shift_us;
	*slot = (struct slot){ job->seq, job->start_us + job->wall_us };
	if (!r->any || slot->end_us > r->end_us) {
		r->end_us = slot->end_us;
		r->end_seq = job->seq;
	}
	r->any = true;
}

void
log_jumps_mend(struct log_jumps *jumps, struct log_job *jobs, size_t count)
{
	struct log_jumps found = { 0 };
	struct run r = { .jobs = jobs, .count = count };

	begin_run(&r);
	for (; r.next < count && !r.failed; r.next++)
		if (counts(&jobs[r.next]))
			mend_next(&r, &found);
	r.failed = r.failed || found.count >= SHIFTS_MOST;
	for (size_t i = 0; r.failed && r.starts != NULL && i < count; i++)
		jobs[i].start_us = r.starts[i];
	if (!r.failed) {
		jumps->count += found.count;
		if (llabs(found.largest_us) > llabs(jumps->largest_us))
			jumps->largest_us = found.largest_us;
	}
	free(r.starts);
	free(r.slots);
}
