/*
 * source: what gives the tasks of a run: lines of input (source-lines.c) or a queue (source-queue.c).
 *
 * A body is a struct that begins with `struct source` and one const struct source_body. The scheduler and the attempts
 * know nothing else of it. To add a source, copy source-lines.c, the smaller body.
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
 * The scheduler's state as far as a source depends on it. Only the scheduler writes it; a source reads it at any time.
 */
struct demand {
	unsigned slots;      /* jobs that may run at once; 0: unlimited */
	unsigned running;    /* jobs that run now */
	unsigned unfinished; /* tasks with at least one attempt that are not finished */
	bool has_tokens;     /* a jobserver limits the jobs too: nobody knows how many can start */
	bool stopping;       /* no further task is started */
	bool wanted;         /* another task could start now, as of the end of this turn */
	bool starved;        /* nothing runs, and nothing can pay until another pool of the recipe has finished */
};

/* One unit of input, from which the scheduler makes a task. `bytes` is valid until the next source_next. */
struct unit {
	uint64_t seq;      /* 1-based place in the input */
	const char *bytes; /* the lines, each followed by a NUL */
	size_t len;        /* of bytes, with all NULs */
	size_t line_count;
	uint64_t number; /* of its first line, or its id in the queue: for messages */
	uint64_t claim;  /* its id in the queue; 0: none */
	bool refused;    /* it cannot be a task, which was reported: the task fails without a job */
};

/* The operations of a body; the functions below describe them. */
struct source_body {
	/* -1 with errno; errno 0: the reason was reported. */
	int (*begin)(struct source *s);
	bool (*next)(struct source *s, struct unit *u);
	int (*update)(struct source *s);
	bool (*is_drained)(const struct source *s);
	bool (*has_ended)(const struct source *s);
	uint64_t (*count_buffered)(const struct source *s); /* NULL: 0 */
	void (*end)(struct source *s);
	void (*free)(struct source *s);
	/* Of a source whose units are claims; NULL in others. */
	void (*started)(struct source *s, uint64_t claim);
	void (*store)(struct source *s, const struct job *j, struct kept *out, struct kept *err);
	void (*release)(struct source *s, uint64_t claim);
	void (*release_at_end)(struct source *s, uint64_t claim);
	void (*resized)(struct source *s);
	int (*keeper_fd)(const struct source *s);
};

/* The head of each body. */
struct source {
	const struct source_body *body;
	const char *name; /* for messages; borrowed */
	uint64_t given;   /* units so far, with those that were skipped */
	uint64_t skipped; /* units that --resume has as finished */
	bool full;        /* no more input can be spilled: see source_update */
	/* Set by the body: what runs must be interrupted; the scheduler acts on it after each turn. */
	bool terminated; /* on request */
	bool gone;       /* the source was removed, which the body has reported */
	/* Set by source_begin; borrowed. */
	struct loop *loop;
	struct report *report;
	const struct demand *demand;
	size_t longest_argument; /* bytes, with the NUL */
	size_t argument_space;   /* bytes of all arguments of a command, as template_size counts */
};

/* Prepares it for a run; the caller has set the borrowed fields. -1 with errno; errno 0: the reason was reported. */
static inline int
source_begin(struct source *s)
{
	return s->body->begin(s);
}

/* Gives the next unit. false: none now. */
static inline bool
source_next(struct source *s, struct unit *u)
{
	return s->body->next(s, u);
}

/*
 * Called once a turn, before the loop waits: does what is due, and waits for more exactly while demand->wanted. While
 * demand->starved it takes in input that no slot wants, so that the program that writes it can go on; once that has no
 * more space either, it sets `full`. -1 with errno: it cannot be waited for.
 */
static inline int
source_update(struct source *s)
{
	return s->body->update(s);
}

/* Has the last unit been given, or, once demand->stopping is set, is there nothing left to store? */
static inline bool
source_is_drained(const struct source *s)
{
	return s->body->is_drained(s);
}

/* Is the number of units that will follow known: those that source_count_buffered returns? */
static inline bool
source_has_ended(const struct source *s)
{
	return s->body->has_ended(s);
}

/* How many units are known to follow: for the display, since it looks at each. */
static inline uint64_t
source_count_buffered(const struct source *s)
{
	return s->body->count_buffered != NULL ? s->body->count_buffered(s) : 0;
}

/* Ends the run: stores and releases what is left. What cannot be stored is reported as an error. */
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

/* The worker for this claim is about to start. */
static inline void
source_started(struct source *s, uint64_t claim)
{
	if (claim != 0)
		s->body->started(s, claim);
}

/* The claimed task of j->task_id is finished. Takes what is kept of its output, which is empty afterwards. */
static inline void
source_store(struct source *s, const struct job *j, struct kept *out, struct kept *err)
{
	s->body->store(s, j, out, err);
}

/* Gives a claim back, for others or another run. */
static inline void
source_release(struct source *s, uint64_t claim)
{
	if (claim != 0)
		s->body->release(s, claim);
}

/* The same at the end of the run: earlier, a source that is read to its end would give it again without end. */
static inline void
source_release_at_end(struct source *s, uint64_t claim)
{
	if (claim != 0)
		s->body->release_at_end(s, claim);
}

/* demand->slots has changed. */
static inline void
source_resized(struct source *s)
{
	if (s->body->resized != NULL)
		s->body->resized(s);
}

/* The fd that the keeper keeps open as long as workers live; -1: none. */
static inline int
source_keeper_fd(const struct source *s)
{
	return s->body->keeper_fd != NULL ? s->body->keeper_fd(s) : -1;
}

#endif
