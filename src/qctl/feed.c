/*
 * qctl feed: puts each line that a program writes to the named pipe beside the queue.
 *
 * Invariants: nothing is read while a line that was read is not put, so a full queue makes the writers wait. Bytes
 * that were read and could not be put are reported.
 */
#include "qctl/qctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "queue/batch.h"
#include "queue/pipe.h"
#include "qctl/answer.h"
#include "qctl/putting.h"
#include "qctl/waiting.h"

enum { BATCH_TASKS = 1000, READ_SIZE = 64 << 10 };

struct feed {
	int fd;
	struct batch *batch;
	int status;    /* QCTL_YES until the queue refuses a line */
	uint64_t lost; /* bytes that were read and not put */
};

static void
put_batch(struct qctl *c, struct feed *f)
{
	const struct queue_put *tasks;
	uint64_t *ids;
	size_t count = batch_pending(f->batch, &tasks, &ids), done = 0;

	if (count > 0 && f->status == QCTL_YES)
		f->status = qctl_put_all(c, tasks, count, ids, &done, NULL);
	batch_advance(f->batch, done);
	f->lost += batch_discard(f->batch);
}

/* Puts all lines that were read. */
static void
put_lines(struct qctl *c, struct feed *f)
{
	enum batch_state state;
	struct line line;

	do {
		state = batch_fill(f->batch, SIZE_MAX, &line);
		if (state == BATCH_LONG)
			qctl_warn(c, "a line of %zu bytes from its pipe is larger than a queue accepts; it was skipped",
			    line.len);
		else
			put_batch(c, f);
	} while (state != BATCH_NEEDS_INPUT);
}

/* The number of bytes read; 0: the pipe is empty. */
static size_t
read_some(struct qctl *c, struct feed *f, size_t most)
{
	ssize_t n = batch_read(f->batch, f->fd, most);

	if (n == -1 && errno != EINTR && errno != EAGAIN)
		qctl_fail(c, "cannot read its pipe: %s", strerror(errno));
	return n > 0 ? (size_t)n : 0;
}

static bool
is_open(struct qctl *c, const struct feed *f)
{
	return f->status == QCTL_YES && !qctl_counts(c).closed;
}

static void
feed(struct qctl *c, struct feed *f)
{
	bool readable;

	while (qctl_signal == 0 && is_open(c, f)) {
		queue_wait_for(c->queue, -1, f->fd, &readable);
		if (readable && is_open(c, f) && read_some(c, f, READ_SIZE) > 0)
			put_lines(c, f);
	}
}

static size_t
unread(const struct feed *f)
{
	ssize_t n = pipe_unread(f->fd);

	return n > 0 ? (size_t)n : 0;
}

/*
 * The kernel discards what is in the pipe when the last process closes it, and that may be this one: so the rest is
 * read and put too, and a last line without a newline as well.
 */
static void
finish(struct qctl *c, struct feed *f)
{
	size_t left = unread(f), n = 1;

	while (left > 0 && n > 0 && is_open(c, f)) {
		n = read_some(c, f, left < READ_SIZE ? left : READ_SIZE);
		left -= n;
		put_lines(c, f);
	}
	batch_end(f->batch);
	put_lines(c, f);
	f->lost += unread(f);
	if (f->lost == 0)
		return;
	if (qctl_counts(c).closed)
		f->status = QCTL_CLOSED;
	qctl_warn(c, "%" PRIu64 " bytes that were written to its pipe are not in the queue, which is %s", f->lost,
	    f->status == QCTL_CLOSED ? "closed" : "full");
}

static int
run(struct qctl *c)
{
	struct batch_config config = {
		.most_tasks = BATCH_TASKS, .delimiter = '\n', .skip_empty = true, .task = qctl_task(c, NULL, 0)
	};
	struct feed *f = mem_alloc(sizeof *f);
	int status;

	if (!queue_has_feed(c->queue))
		qctl_fail(c, "has no feed pipe; write to the queue itself");
	qctl_listen(c, QUEUE_NOTIFY_STATE);
	f->fd = queue_feed_fd(c->queue);
	if (f->fd == -1)
		qctl_answer(c, QUEUE_ERROR);
	qctl_catch_signals();
	f->batch = batch_new(&config);
	feed(c, f);
	finish(c, f);
	status = f->lost == 0 ? QCTL_YES : f->status;
	batch_free(f->batch);
	free(f);
	return status;
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_feed = {
	.cli = {
	    .name = "feed",
	    .arguments = "queue",
	    .help = "put each line written to the named pipe QUEUE/in, until the queue is closed or a signal arrives",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.run = run,
};
