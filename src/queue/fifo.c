/*
 * Invariants: a task is written in one write(2) of at most PIPE_BUF bytes, so that it never mixes with another one; and
 * only while a process has the pipe open to read, since the bytes vanish when the last process closes it. A reader has
 * the lock of the pipe, and takes no bytes beyond the lines that it returns. The pipe is opened to read only by a
 * process that waits for tasks: if one opened it just to look, a writer that waits for a reader would go on, and its
 * line would be lost.
 *
 * A reader that meets the closing mark writes it again for the next reader, unless it is a pool, which is the last.
 */
#include "queue/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/pipe.h"

#define SELF(q) ((struct fifo_queue *)(q))

enum {
	RECHECK_MS = 1000,
	/* 64 ms at most between two looks for a reader, or for another reader's end, which causes no notification */
	MOST_FAILURES = 6,
	LONGEST_LINE = 1 << 20, /* of other programs; put accepts less than PIPE_BUF */
};

struct fifo_queue {
	struct queue queue;
	int read_fd;     /* owned: O_RDWR, so that it has no end of file; -1: not open */
	int write_fd;    /* owned; -1: not open */
	struct buf line; /* the part of a line that was read before its end */
	bool listening;
	bool pool;         /* this process is a pool */
	bool closed;       /* by a closing mark that was not written again */
	bool locked;       /* always while a part of a line was read */
	bool too_long;     /* the rest of the line is skipped */
	bool failed;       /* after tasks that were returned: report it in the next call */
	bool retry_soon;   /* no reader, no free space, or another process has the lock */
	unsigned failures; /* in a row */
	uint64_t last_id;
};

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static enum queue_answer
cannot(struct queue *q, const char *what)
{
	return queue_error(q, "is a named pipe, which %s; use a queue directory", what);
}

static void
note_success(struct fifo_queue *s)
{
	s->queue.reason = NULL;
	s->retry_soon = false;
	s->failures = 0;
}

/* QUEUE_NO: the caller tries again, after a time that grows. */
static enum queue_answer
not_now(struct fifo_queue *s, const char *reason)
{
	s->retry_soon = true;
	if (s->failures < MOST_FAILURES)
		s->failures++;
	s->queue.reason = reason;
	return QUEUE_NO;
}

static enum queue_answer
cannot_write(struct fifo_queue *s)
{
	return queue_error(&s->queue, "cannot write: %s", strerror(errno));
}

/* QUEUE_NO: no process has it open to read. */
static enum queue_answer
open_to_write(struct fifo_queue *s)
{
	if (s->write_fd == -1)
		s->write_fd = pipe_open(AT_FDCWD, s->queue.name, O_WRONLY);
	if (s->write_fd != -1)
		return QUEUE_YES;
	return errno == ENXIO ? QUEUE_NO : cannot_write(s);
}

/* QUEUE_NO: no process has it open to read, and this one does not wait for tasks. */
static enum queue_answer
open_to_read(struct fifo_queue *s)
{
	enum queue_answer others = s->read_fd != -1 || s->listening ? QUEUE_YES : open_to_write(s);

	if (others != QUEUE_YES)
		return others;
	if (s->read_fd == -1)
		s->read_fd = pipe_open(AT_FDCWD, s->queue.name, O_RDWR);
	return s->read_fd != -1
	    ? QUEUE_YES
	    : queue_error(&s->queue, "cannot open (reading requires read and write permission): %s", strerror(errno));
}

/* -- Putting ------------------------------------------------------------------------------------------------------- */

static enum queue_answer
check_task(struct queue *q, const struct queue_put *p)
{
	if (p->key != NULL)
		return cannot(q, "has no keys");
	if (p->after_ns > 0)
		return cannot(q, "cannot delay tasks");
	if (p->priority != 0)
		return cannot(q, "has no priorities");
	if (p->len >= PIPE_BUF)
		return queue_error(q, "is a named pipe, which accepts tasks of at most %d bytes; this one has %zu",
		    PIPE_BUF - 1, p->len);
	if (p->len > 0 && memchr(p->bytes, '\n', p->len) != NULL)
		return cannot(q, "accepts one line per task; this task has several");
	if (pipe_is_closing_mark(p->bytes, p->len))
		return cannot(q, "is closed by a line of the byte EOT");
	return QUEUE_YES;
}

static enum queue_answer
write_line(struct fifo_queue *s, int fd, const char *bytes, size_t len)
{
	if (pipe_write_line(fd, bytes, len) == -1)
		return errno == EAGAIN ? not_now(s, "is full")
		    : errno == EPIPE   ? not_now(s, "no process reads it")
				       : cannot_write(s);
	note_success(s);
	return QUEUE_YES;
}

static enum queue_answer
put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done)
{
	struct fifo_queue *s = SELF(q);
	enum queue_answer answer = QUEUE_YES;

	for (size_t i = 0; answer == QUEUE_YES && i < count; i++)
		answer = check_task(q, &tasks[i]);
	if (answer == QUEUE_YES)
		answer = open_to_write(s);
	if (answer == QUEUE_NO)
		return not_now(s, "no process reads it");
	while (answer == QUEUE_YES && *done < count) {
		answer = write_line(s, s->write_fd, tasks[*done].bytes, tasks[*done].len);
		if (answer == QUEUE_YES)
			ids[(*done)++] = 0;
	}
	return answer;
}

/* -- Taking -------------------------------------------------------------------------------------------------------- */

static void
unlock(struct fifo_queue *s)
{
	if (s->locked)
		pipe_unlock(s->read_fd);
	s->locked = false;
}

static enum queue_answer
lock(struct fifo_queue *s)
{
	if (!s->locked && pipe_lock(s->read_fd) == -1)
		return errno == EWOULDBLOCK ? not_now(s, "another process reads it")
					    : queue_error(&s->queue, "cannot lock: %s", strerror(errno));
	s->locked = true;
	note_success(s);
	return QUEUE_YES;
}

/* Reads the rest of a line, without its newline. QUEUE_NO: its end is not in the pipe yet. */
static enum queue_answer
read_line(struct fifo_queue *s)
{
	ssize_t n;
	char byte;

	while ((n = read(s->read_fd, &byte, 1)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN ? QUEUE_NO : queue_error(&s->queue, "cannot read: %s", strerror(errno));
		if (byte == '\n')
			return QUEUE_YES;
		s->too_long = s->too_long || s->line.len == LONGEST_LINE;
		if (!s->too_long)
			buf_addc(&s->line, byte);
	}
	return QUEUE_NO;
}

static enum queue_answer
read_closing_mark(struct fifo_queue *s)
{
	s->closed = s->pool;
	/*
	 * It fits, since it has just been read. If it did not, the next reader would never learn that the queue is
	 * closed.
	 */
	if (!s->pool && write(s->read_fd, PIPE_CLOSING_MARK, sizeof PIPE_CLOSING_MARK - 1) == -1)
		s->closed = true;
	return QUEUE_CLOSED;
}

static enum queue_answer
read_task(struct fifo_queue *s, struct queue_task *t)
{
	enum queue_answer answer = read_line(s);
	bool too_long = s->too_long;

	if (answer != QUEUE_YES)
		return answer;
	s->too_long = false;
	if (too_long)
		answer = queue_error(&s->queue, "skipped a line of more than %d bytes", LONGEST_LINE);
	else if (pipe_is_closing_mark(s->line.data, s->line.len))
		answer = read_closing_mark(s);
	else
		*t = (struct queue_task){ .id = ++s->last_id,
			.bytes = mem_dup(s->line.len > 0 ? s->line.data : "", s->line.len),
			.len = s->line.len,
			.attempt = 1 };
	s->line.len = 0;
	return answer;
}

static enum queue_answer
claim(struct queue *q, size_t most, struct queue_task *tasks, size_t *count)
{
	struct fifo_queue *s = SELF(q);
	enum queue_answer answer = s->failed ? QUEUE_ERROR : s->closed ? QUEUE_CLOSED : QUEUE_YES;

	s->failed = false;
	if (answer == QUEUE_YES)
		answer = open_to_read(s);
	if (answer == QUEUE_YES)
		answer = lock(s);
	if (answer != QUEUE_YES)
		return answer;
	while (*count < most && (answer = read_task(s, &tasks[*count])) == QUEUE_YES)
		++*count;
	if (s->line.len == 0 && !s->too_long)
		unlock(s);
	s->failed = *count > 0 && answer == QUEUE_ERROR;
	return *count > 0 ? QUEUE_YES : answer;
}

/* Writes the tasks again, behind those that have been written meanwhile. */
static enum queue_answer
release(struct queue *q, const struct queue_task *tasks, size_t count)
{
	struct fifo_queue *s = SELF(q);
	size_t lost = 0;

	for (size_t i = 0; i < count; i++)
		if (tasks[i].len >= PIPE_BUF || write_line(s, s->read_fd, tasks[i].bytes, tasks[i].len) != QUEUE_YES)
			lost++;
	return lost == 0
	    ? QUEUE_YES
	    : queue_error(q, "is a named pipe without free space: %zu of %zu tasks that were taken from it are lost",
		  lost, count);
}

/* -- State --------------------------------------------------------------------------------------------------------- */

/* Waits for free space. QUEUE_NO: no process has the pipe open to read. */
static enum queue_answer
write_closing_mark(struct fifo_queue *s)
{
	struct pollfd writable = { .fd = s->write_fd, .events = POLLOUT };

	while (write(s->write_fd, PIPE_CLOSING_MARK, sizeof PIPE_CLOSING_MARK - 1) == -1) {
		if (errno == EAGAIN)
			poll(&writable, 1, RECHECK_MS);
		else if (errno == EPIPE)
			return QUEUE_NO;
		else if (errno != EINTR)
			return cannot_write(s);
	}
	return QUEUE_YES;
}

static enum queue_answer
close_queue(struct queue *q)
{
	struct fifo_queue *s = SELF(q);
	enum queue_answer answer = open_to_write(s);

	if (answer == QUEUE_YES)
		answer = write_closing_mark(s);
	return answer == QUEUE_NO ? queue_error(q, "cannot close: no process reads this named pipe") : answer;
}

static enum queue_answer
reopen(struct queue *q)
{
	return queue_error(q, "is a named pipe, which opens again when all its readers have exited");
}

/* A pipe without a reader has no task. To find out, it is not opened to read: that would let writers go on. */
static enum queue_answer
empty(struct queue *q)
{
	struct fifo_queue *s = SELF(q);
	enum queue_answer answer = s->read_fd != -1 ? QUEUE_YES : open_to_write(s);
	ssize_t unread;

	if (answer != QUEUE_YES)
		return answer == QUEUE_NO ? QUEUE_YES : answer;
	unread = pipe_unread(s->read_fd != -1 ? s->read_fd : s->write_fd);
	if (unread == -1)
		return queue_error(q, "cannot tell whether it is empty: %s", strerror(errno));
	return unread == 0 ? QUEUE_YES : QUEUE_NO;
}

/* -- Waiting ------------------------------------------------------------------------------------------------------- */

static enum queue_answer
register_pool(struct queue *q, unsigned slots)
{
	(void)slots;
	SELF(q)->pool = true;
	return QUEUE_YES;
}

static int
listen_to(struct queue *q, unsigned kinds)
{
	struct fifo_queue *s = SELF(q);

	if ((kinds & QUEUE_NOTIFY_TASKS) == 0)
		return 0;
	s->listening = true;
	return open_to_read(s) == QUEUE_YES ? 0 : -1;
}

/* While another process reads, bytes in the pipe need not wake this one. */
static void
fds(const struct queue *q, int fd[QUEUE_FDS])
{
	const struct fifo_queue *s = (const struct fifo_queue *)q;

	fd[0] = s->listening && !s->retry_soon ? s->read_fd : -1;
}

static int64_t
recheck_ns(struct queue *q)
{
	const struct fifo_queue *s = SELF(q);

	return s->retry_soon ? NS_PER_MS << s->failures : RECHECK_MS * NS_PER_MS;
}

static void
free_queue(struct queue *q)
{
	struct fifo_queue *s = SELF(q);

	/*
	 * The part of a line whose end has not arrived goes back. Under the lock no other process has read from the
	 * pipe since.
	 */
	if (s->line.len > 0 && s->line.len <= PIPE_BUF)
		while (write(s->read_fd, s->line.data, s->line.len) == -1 && errno == EINTR)
			continue;
	if (s->read_fd != -1)
		close(s->read_fd);
	if (s->write_fd != -1)
		close(s->write_fd);
	buf_free(&s->line);
}

static const struct queue_ops ops = {
	.kind = "a named pipe",
	.put = put,
	.claim = claim,
	.release = release,
	.empty = empty,
	.close = close_queue,
	.reopen = reopen,
	.register_pool = register_pool,
	.listen = listen_to,
	.fds = fds,
	.recheck_ns = recheck_ns,
	.free = free_queue,
};

struct queue *
queue_fifo_open(const char *name, const struct queue_patience *patience, char *problem, size_t size)
{
	struct fifo_queue *s = mem_alloc(sizeof *s);

	(void)problem;
	(void)size;
	s->queue = (struct queue){ .ops = &ops, .name = mem_strdup(name), .patience = *patience };
	s->read_fd = s->write_fd = -1;
	return &s->queue;
}
