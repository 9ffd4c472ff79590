/*
 * source: provides the tasks of a run, from lines of input (source-lines.c) or from a queue (source-queue.c).
 *
 * An implementation is a struct that begins with `struct source`, and one const struct source_body. The scheduler and
 * the attempts know only these two types. To add an implementation, copy source-lines.c, the smaller one.
 */
#ifndef QPOOL_SOURCE_H
#define QPOOL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/job.h"

struct kept;
struct loop;
struct report;
struct source;

/*
 * The part of the scheduler's state on which a source depends. Only the scheduler writes it; a source may read it at
 * any time.
 */
struct demand {
	unsigned slots;      /* jobs that may run at once; 0: unlimited */
	unsigned running;    /* jobs that run now */
	unsigned unfinished; /* unfinished tasks that have had at least one attempt */
	bool has_tokens;     /* a jobserver limits the jobs too, so the number that can start is unknown */
	bool stopping;       /* no further task is started */
	bool wanted;         /* another task could start; recomputed at the end of each turn */
	/*
	 * No job runs, and neither a token nor the recipe's own slot is available (see enum payment) until another pool
	 * of the recipe has finished.
	 */
	bool starved;
};

/* One unit of input, from which the scheduler makes a task. `bytes` is valid until the next source_next. */
struct unit {
	uint64_t seq;      /* 1-based place in the input */
	const char *bytes; /* the lines, each followed by a NUL */
	size_t len;        /* of bytes, with all NULs */
	size_t line_count;
	uint64_t number; /* number of the first line, or id in the queue; for messages */
	uint64_t claim;  /* id in the queue; 0: not from a queue */
	bool refused;    /* the unit cannot be run, which was reported; its task fails without a job */
};

/* The operations of an implementation. The functions below describe them. */
struct source_body {
	/* Returns 0, or -1 with errno; errno 0: the reason was already reported. */
	int (*begin)(struct source *s);
	bool (*next)(struct source *s, struct unit *u);
	int (*update)(struct source *s);
	bool (*is_drained)(const struct source *s);
	bool (*has_ended)(const struct source *s);
	uint64_t (*count_buffered)(const struct source *s); /* NULL: 0 */
	void (*end)(struct source *s);
	void (*free)(struct source *s);
	/* For a source whose units are claims; NULL in other sources. */
	void (*started)(struct source *s, uint64_t claim);
	void (*store)(struct source *s, const struct job *j, struct kept *out, struct kept *err);
	void (*release)(struct source *s, uint64_t claim);
	void (*release_at_end)(struct source *s, uint64_t claim);
	void (*resized)(struct source *s);
	int (*keeper_fd)(const struct source *s);
};

/* The first member of each implementation's struct. */
struct source {
	const struct source_body *body;
	const char *name; /* for messages; borrowed */
	uint64_t given;   /* units provided so far, including skipped ones */
	uint64_t skipped; /* units that are finished according to --resume */
	bool full;        /* no more input can be spilled: see source_update */
	/* Set by the implementation. If either is true, the scheduler interrupts the running jobs after the turn. */
	bool terminated; /* a user terminated the queue */
	bool gone;       /* the queue was removed, and this was reported */
	/* Set by source_begin; borrowed. */
	struct loop *loop;
	struct report *report;
	const struct demand *demand;
	size_t longest_argument; /* bytes, with the NUL */
	size_t argument_space;   /* bytes of all arguments of a command, as template_size counts */
};

/*
 * Prepares the source for a run. The caller has set the borrowed fields. Returns 0, or -1 with errno; errno 0: the
 * reason was already reported.
 */
static inline int
source_begin(struct source *s)
{
	return s->body->begin(s);
}

/* Stores the next unit in *u. Returns false if no unit is available now. */
static inline bool
source_next(struct source *s, struct unit *u)
{
	return s->body->next(s, u);
}

/*
 * Must be called once a turn, before the loop waits. Does the work that is due, and makes the loop wait for more units
 * exactly while demand->wanted is true. While demand->starved is true, spills input, so that the program that writes
 * the input can continue; sets `full` when the spill has no more space. Returns 0, or -1 with errno if the loop cannot
 * wait for the source.
 */
static inline int
source_update(struct source *s)
{
	return s->body->update(s);
}

/* Has the last unit been provided? While demand->stopping is true: have all results been stored? */
static inline bool
source_is_drained(const struct source *s)
{
	return s->body->is_drained(s);
}

/* Is the number of units that will follow known? source_count_buffered returns this number. */
static inline bool
source_has_ended(const struct source *s)
{
	return s->body->has_ended(s);
}

/* Returns the number of units that are known to follow. The function visits each unit, so only the display uses it. */
static inline uint64_t
source_count_buffered(const struct source *s)
{
	return s->body->count_buffered != NULL ? s->body->count_buffered(s) : 0;
}

/*
 * Stores the remaining results and releases the remaining claims at the end of the run. Results that cannot be stored
 * are reported as an error.
 */
static inline void
source_end(struct source *s)
{
	s->body->end(s);
}

static inline void
source_free(struct source *s)
{
	s->body->free(s);
}

/* Reports that the worker for this claim is about to start. */
static inline void
source_started(struct source *s, uint64_t claim)
{
	if (claim != 0)
		s->body->started(s, claim);
}

/*
 * Stores the result of the claimed task j->task_id, which is finished. Moves the output out of `out` and `err`, which
 * are empty afterwards.
 */
static inline void
source_store(struct source *s, const struct job *j, struct kept *out, struct kept *err)
{
	s->body->store(s, j, out, err);
}

/* Releases a claim, so that another pool or another run can take the task. */
static inline void
source_release(struct source *s, uint64_t claim)
{
	if (claim != 0)
		s->body->release(s, claim);
}

/*
 * Releases a claim at the end of the run. If it were released earlier, a source that is read until it is empty would
 * provide the task again and again.
 */
static inline void
source_release_at_end(struct source *s, uint64_t claim)
{
	if (claim != 0)
		s->body->release_at_end(s, claim);
}

/* Reports that demand->slots has changed. */
static inline void
source_resized(struct source *s)
{
	if (s->body->resized != NULL)
		s->body->resized(s);
}

/* Returns the fd that the keeper (worker/keeper.h) keeps open as long as workers live; -1: the source has none. */
static inline int
source_keeper_fd(const struct source *s)
{
	return s->body->keeper_fd != NULL ? s->body->keeper_fd(s) : -1;
}

#endif
