/*
 * Invariant: nothing is read while a line that was read is not in the queue, so that a full queue makes the writers
 * wait. Lines that cannot be put any more are reported, as a number of bytes.
 */
#include "pool/feed.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "pool/report.h"
#include "queue/batch.h"
#include "queue/pipe.h"
#include "queue/queue.h"
#include "sys/loop.h"

enum { BATCH_TASKS = 256, READ_SIZE = 64 << 10, AGAIN_MS = 1000, FULL_MS = 50 };

struct feed {
	struct queue *queue;
	const char *name;
	struct loop *loop;
	struct report *report;
	struct watch watch;    /* fd: the queue's; -1: another pool reads the pipe */
	struct timer again;    /* ends the turn when it is time to ask again for the pipe, or for free space */
	struct batch *batch;   /* owned: lines that were read and are not in the queue */
	int64_t asked_mono_ns; /* when we last asked for the pipe, or for free space */
	uint64_t lost;         /* bytes */
	bool closed;
	bool failed;  /* the last put had no answer */
	bool has_put; /* since feed_has_put */
};

/* Adds the next lines that were read to the batch. */
static void
fill(struct feed *f)
{
	struct line line;

	while (batch_fill(f->batch, SIZE_MAX, &line) == BATCH_LONG)
		report_message(
		    f->report, "%s: pipe: skipped a line of %zu bytes, more than a queue keeps", f->name, line.len);
}

/* Puts what was read, as far as the queue has free space. true: all of it. */
static bool
put_lines(struct feed *f)
{
	const struct queue_put *tasks;
	enum queue_answer answer;
	size_t count, done;
	uint64_t *ids;

	for (;;) {
		if (batch_count(f->batch) == 0)
			fill(f);
		count = batch_pending(f->batch, &tasks, &ids);
		if (count == 0)
			return true;
		answer = queue_put(f->queue, tasks, count, ids, &done);
		batch_advance(f->batch, done);
		f->failed = answer == QUEUE_ERROR;
		f->asked_mono_ns = clock_mono_ns();
		f->has_put = f->has_put || done > 0;
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
	struct feed *f = arg;

	(void)events;
	if (!put_lines(f))
		return;
	batch_read(f->batch, f->watch.fd, READ_SIZE);
	put_lines(f);
}

struct feed *
feed_new(struct queue *q, const char *name, struct loop *l, struct report *r)
{
	struct batch_config config = { .most_tasks = BATCH_TASKS, .delimiter = '\n', .skip_empty = true };
	struct feed *f;

	if (!queue_has_feed(q))
		return NULL;
	f = mem_alloc(sizeof *f);
	f->queue = q;
	f->name = name;
	f->loop = l;
	f->report = r;
	f->watch = (struct watch){ .fd = -1, .fn = readable, .arg = f };
	f->batch = batch_new(&config);
	return f;
}

/* Asks for the pipe now and then: the pool that reads it may exit. */
static void
ask_for_pipe(struct feed *f, int64_t now_mono_ns)
{
	if (f->asked_mono_ns == 0 || now_mono_ns - f->asked_mono_ns >= AGAIN_MS * NS_PER_MS) {
		f->watch.fd = queue_feed_fd(f->queue);
		f->asked_mono_ns = now_mono_ns;
	}
	if (f->watch.fd == -1 && !f->again.armed)
		loop_arm(f->loop, &f->again, f->asked_mono_ns + AGAIN_MS * NS_PER_MS);
}

int
feed_update(struct feed *f, bool stopping)
{
	int64_t now = clock_mono_ns();
	bool full;

	if (f == NULL)
		return 0;
	if (f->watch.fd == -1 && !stopping)
		ask_for_pipe(f, now);
	if (f->watch.fd == -1)
		return 0;
	full = batch_count(f->batch) > 0;
	if (full && now - f->asked_mono_ns >= FULL_MS * NS_PER_MS)
		full = !put_lines(f);
	if (full)
		loop_arm(f->loop, &f->again, f->asked_mono_ns + FULL_MS * NS_PER_MS);
	return loop_watch(f->loop, &f->watch, full || stopping ? 0 : LOOP_IN);
}

static size_t
unread(const struct feed *f)
{
	ssize_t n = f->watch.fd != -1 ? pipe_unread(f->watch.fd) : 0;

	return n > 0 ? (size_t)n : 0;
}

bool
feed_is_idle(const struct feed *f)
{
	return f == NULL || (batch_count(f->batch) == 0 && unread(f) == 0);
}

bool
feed_has_put(struct feed *f)
{
	bool has_put = f != NULL && f->has_put;

	if (f != NULL)
		f->has_put = false;
	return has_put;
}

/*
 * What the pipe holds disappears with the last process that has it open, which may be this one: it is put too, and so
 * is a last line without its newline.
 */
static void
drain(struct feed *f)
{
	size_t left = unread(f);

	while (left > 0 && put_lines(f)) {
		size_t most = left < READ_SIZE ? left : READ_SIZE;

		batch_read(f->batch, f->watch.fd, most);
		left -= most;
	}
	batch_end(f->batch);
	if (!put_lines(f))
		f->lost += batch_discard(f->batch) + unread(f) + batch_unread(f->batch);
}

void
feed_end(struct feed *f)
{
	if (f == NULL)
		return;
	if (f->watch.fd != -1) {
		drain(f);
		loop_unwatch(f->loop, &f->watch);
	}
	loop_disarm(f->loop, &f->again);
	if (f->lost > 0)
		report_error(f->report, "%s: pipe: lost %" PRIu64 " bytes: %s", f->name, f->lost,
		    f->closed       ? "the queue is closed"
			: f->failed ? queue_problem(f->queue)
				    : "the queue is full");
	batch_free(f->batch);
	free(f);
}
