/*
 * The pipe beside a queue, for programs that know only echo: what they write there is put into the queue, a task a line, by one of the pools that
 * serve it.
 *
 * Invariants: nothing is read while a line that was read is not put, so that a full queue makes the writers wait. Lines that cannot be put any more are
 * told, with how many bytes they were.
 */
#include "pool/pool-private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/batch.h"
#include "queue/pipe.h"

enum { BATCH_TASKS = 256, READ_SIZE = 64 << 10, AGAIN_MS = 1000, FULL_MS = 50 };

struct pool_feed {
	struct watch watch; /* fd: the queue's */
	struct batch *batch;
	int64_t asked_mono_ns; /* when we last asked for the pipe, or for free space */
	uint64_t lost;         /* bytes */
	bool closed;
	bool failed; /* the last put had no answer */
};

/* Adds the next lines that were read to the batch. */
static void
fill(struct pool *p, struct pool_feed *f)
{
	struct line line;

	while (batch_fill(f->batch, SIZE_MAX, &line) == BATCH_LONG)
		pool_say(p, "%s: a line of %zu bytes from its pipe is larger than a queue keeps, and was left out",
		    input_name(p->parts->input), line.len);
}

/* Puts what was read, as far as there is free space: true when all is. */
static bool
put_lines(struct pool *p, struct pool_feed *f)
{
	const struct queue_put *tasks;
	enum queue_answer answer;
	size_t count, done;
	uint64_t *ids;

	for (;;) {
		if (batch_count(f->batch) == 0)
			fill(p, f);
		count = batch_pending(f->batch, &tasks, &ids);
		if (count == 0)
			return true;
		answer = queue_put(p->parts->queue, tasks, count, ids, &done);
		batch_advance(f->batch, done);
		f->failed = answer == QUEUE_ERROR;
		f->asked_mono_ns = clock_mono_ns();
		p->queue.idle = p->queue.idle && done == 0;
		if (answer == QUEUE_CLOSED) {
			f->closed = true;
			f->lost += batch_discard(f->batch);
		} else if (answer != QUEUE_YES)
			return false;
	}
}

static void
readable(void *arg, unsigned events)
{
	struct pool *p = arg;
	struct pool_feed *f = p->feed;

	(void)events;
	if (!put_lines(p, f))
		return;
	batch_read(f->batch, f->watch.fd, READ_SIZE);
	put_lines(p, f);
}

void
pool_begin_feed(struct pool *p)
{
	struct batch_config config = { .most_tasks = BATCH_TASKS, .delimiter = '\n', .skip_empty = true };

	if (p->options->dry_run || p->parts->queue == NULL || !queue_has_feed(p->parts->queue))
		return;
	p->feed = mem_alloc(sizeof *p->feed);
	p->feed->watch = (struct watch){ .fd = -1, .fn = readable, .arg = p };
	p->feed->batch = batch_new(&config);
}

int
pool_tend_feed(struct pool *p)
{
	struct pool_feed *f = p->feed;
	int64_t now = clock_mono_ns();
	bool full;

	if (f == NULL)
		return 0;
	/* Another may have it, who may end. */
	if (f->watch.fd == -1 && p->phase == POOL_GOING &&
	    (f->asked_mono_ns == 0 || now - f->asked_mono_ns >= AGAIN_MS * NS_PER_MS)) {
		f->watch.fd = queue_feed_fd(p->parts->queue);
		f->asked_mono_ns = now;
	}
	if (f->watch.fd == -1) {
		if (p->phase == POOL_GOING && !p->queue.tend.armed)
			loop_arm(p->loop, &p->queue.tend, f->asked_mono_ns + AGAIN_MS * NS_PER_MS);
		return 0;
	}
	full = batch_count(f->batch) > 0;
	if (full && now - f->asked_mono_ns >= FULL_MS * NS_PER_MS)
		full = !put_lines(p, f);
	if (full)
		loop_arm(p->loop, &p->queue.tend, f->asked_mono_ns + FULL_MS * NS_PER_MS);
	return loop_watch(p->loop, &f->watch, full || p->phase != POOL_GOING ? 0 : LOOP_IN);
}

static size_t
unread(const struct pool_feed *f)
{
	ssize_t n = f->watch.fd != -1 ? pipe_unread(f->watch.fd) : 0;

	return n > 0 ? (size_t)n : 0;
}

bool
pool_feed_idle(const struct pool *p)
{
	return p->feed == NULL || (batch_count(p->feed->batch) == 0 && unread(p->feed) == 0);
}

/* What lies in the pipe goes with the last who has it open, which may be us: it is put too, and so is a last line without its newline. */
static void
drain(struct pool *p, struct pool_feed *f)
{
	size_t left = unread(f);

	while (left > 0 && put_lines(p, f)) {
		size_t most = left < READ_SIZE ? left : READ_SIZE;

		batch_read(f->batch, f->watch.fd, most);
		left -= most;
	}
	batch_end(f->batch);
	if (!put_lines(p, f))
		f->lost += batch_discard(f->batch) + unread(f) + batch_unread(f->batch);
}

void
pool_end_feed(struct pool *p)
{
	struct pool_feed *f = p->feed;

	if (f == NULL)
		return;
	if (f->watch.fd != -1) {
		drain(p, f);
		loop_unwatch(p->loop, &f->watch);
	}
	if (f->lost > 0) {
		pool_say(p, "%s: %" PRIu64 " bytes that were written to its pipe are not in the queue: it %s",
		    input_name(p->parts->input), f->lost,
		    f->closed       ? "is closed"
			: f->failed ? queue_problem(p->parts->queue)
				    : "is full");
		p->own_error = true;
	}
	batch_free(f->batch);
	free(f);
	p->feed = NULL;
}
