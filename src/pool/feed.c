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
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { PART_TASKS = 256, READ_SIZE = 64 << 10, LONGEST_TASK = 512 << 20, AGAIN_MS = 1000, FULL_MS = 50 };

struct pool_feed {
	struct watch watch; /* fd: the queue's */
	struct lines lines;
	struct buf bytes; /* of the tasks of this part */
	struct queue_put tasks[PART_TASKS];
	uint64_t ids[PART_TASKS];
	size_t at[PART_TASKS];
	size_t count, done;    /* in this part; put of them */
	int64_t asked_mono_ns; /* when we last asked for the pipe, or for room */
	uint64_t lost;         /* bytes */
	bool closed;
	bool failed; /* the last put had no answer */
};

/* The next lines that were read. */
static void
next_part(struct pool *p, struct pool_feed *f)
{
	struct line line;
	enum lines_result got;

	f->bytes.len = f->count = f->done = 0;
	while (f->count < PART_TASKS && (got = lines_next(&f->lines, &line)) != LINES_NONE) {
		if (got == LINES_LONG) {
			pool_say(p,
			    "%s: a line of %zu bytes from its pipe is larger than a queue keeps, and was left out",
			    input_name(p->parts->input), line.len);
			continue;
		}
		f->at[f->count] = f->bytes.len;
		f->tasks[f->count++] = (struct queue_put){ .len = line.len };
		buf_add(&f->bytes, line.text, line.len);
		buf_addc(&f->bytes, '\0');
	}
	for (size_t i = 0; i < f->count; i++)
		f->tasks[i].bytes = f->bytes.data + f->at[i];
}

/* Puts what was read, as far as there is room: true when all is. */
static bool
put_lines(struct pool *p, struct pool_feed *f)
{
	struct queue *q = p->parts->queue;
	enum queue_answer answer;
	size_t done;

	for (;;) {
		if (f->done == f->count)
			next_part(p, f);
		if (f->count == 0)
			return true;
		answer = queue_put(q, f->tasks + f->done, f->count - f->done, f->ids, &done);
		f->done += done;
		f->failed = answer == QUEUE_ERROR;
		f->asked_mono_ns = clock_mono_ns();
		p->queue.idle = p->queue.idle && done == 0;
		if (answer == QUEUE_CLOSED) {
			f->closed = true;
			for (; f->done < f->count; f->done++)
				f->lost += f->tasks[f->done].len + 1;
		} else if (answer != QUEUE_YES)
			return false;
	}
}

static void
read_some(struct pool_feed *f, size_t most)
{
	ssize_t n = read(f->watch.fd, lines_space(&f->lines, most), most);

	if (n > 0)
		lines_fed(&f->lines, (size_t)n);
}

static void
readable(void *arg, unsigned events)
{
	struct pool *p = arg;
	struct pool_feed *f = p->feed;

	(void)events;
	if (!put_lines(p, f))
		return;
	read_some(f, READ_SIZE);
	put_lines(p, f);
}

void
pool_begin_feed(struct pool *p)
{
	if (p->options->dry_run || p->parts->queue == NULL || !queue_has_feed(p->parts->queue))
		return;
	p->feed = mem_alloc(sizeof *p->feed);
	p->feed->watch = (struct watch){ .fd = -1, .fn = readable, .arg = p };
	lines_init(&p->feed->lines, '\n', true, LONGEST_TASK);
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
	full = f->done < f->count;
	if (full && now - f->asked_mono_ns >= FULL_MS * NS_PER_MS)
		full = !put_lines(p, f);
	if (full)
		loop_arm(p->loop, &p->queue.tend, f->asked_mono_ns + FULL_MS * NS_PER_MS);
	return loop_watch(p->loop, &f->watch, full || p->phase != POOL_GOING ? 0 : LOOP_IN);
}

static size_t
unread(const struct pool_feed *f)
{
	int n;

	return f->watch.fd != -1 && ioctl(f->watch.fd, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

bool
pool_feed_idle(const struct pool *p)
{
	return p->feed == NULL || (p->feed->done == p->feed->count && unread(p->feed) == 0);
}

/* What lies in the pipe goes with the last who has it open, which may be us: it is put too, and so is a last line without its newline. */
static void
drain(struct pool *p, struct pool_feed *f)
{
	size_t left = unread(f);

	while (left > 0 && put_lines(p, f)) {
		size_t most = left < READ_SIZE ? left : READ_SIZE;

		read_some(f, most);
		left -= most;
	}
	lines_end(&f->lines);
	if (put_lines(p, f))
		return;
	for (; f->done < f->count; f->done++)
		f->lost += f->tasks[f->done].len + 1;
	f->lost += unread(f) + f->lines.buffer.len - f->lines.start;
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
	lines_free(&f->lines);
	buf_free(&f->bytes);
	free(f);
	p->feed = NULL;
}
