/*
 * A named pipe.
 *
 * Invariants: a task is written with its newline in one write(2) of at most PIPE_BUF bytes, so that it never mixes with another's; and only when somebody
 * has the pipe open to read, since its bytes go with its last opener. Who reads has its flock(2), and takes no byte that is not of the lines it gives out.
 * The pipe is opened to read only by who is to stay: one that looks and goes would let a writer in that waits for a reader, and its line be lost.
 *
 * A line of the byte EOT alone says that the queue is closed. Who meets it writes it again for the next reader; a pool is the last.
 */
#include "queue/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/bell.h"

#define SELF(q) ((struct fifo_queue *)(q))

enum {
	AGAIN_MS = 1000,
	MOST_WAITS =
	    6, /* 64 ms between two looks for a reader, or for the end of another's reading, which nothing tells */
	LONGEST_LINE = 1 << 20, /* of other programs: put keeps to PIPE_BUF */
};

static const char closed_mark[] = "\004\n";

struct fifo_queue {
	struct queue queue;
	int read_fd;     /* owned: O_RDWR, so that it never ends; -1 */
	int write_fd;    /* owned; -1 */
	struct buf line; /* taken of a line whose end has not come */
	bool listening;
	bool serving;   /* for a pool */
	bool closed;    /* by a mark that was not written again */
	bool locked;    /* nobody else reads; while there is a part of a line, at least */
	bool too_long;  /* the line is thrown away to its end */
	bool failed;    /* after tasks that were given out: to be told next time */
	bool in_vain;   /* there was no reader, no room, or another's lock */
	unsigned waits; /* how often in a row */
	uint64_t last_id;
};

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static enum queue_answer
cannot(struct queue *q, const char *what)
{
	return queue_error(q, "is a named pipe, which %s; use a queue directory", what);
}

/* What was waited for came. */
static void
succeed(struct fifo_queue *s)
{
	s->queue.reason = NULL;
	s->in_vain = false;
	s->waits = 0;
}

static enum queue_answer
in_vain(struct fifo_queue *s, const char *why)
{
	s->in_vain = true;
	if (s->waits < MOST_WAITS)
		s->waits++;
	s->queue.reason = why;
	return QUEUE_NO;
}

/* QUEUE_NO: nobody has it open to read. */
static enum queue_answer
open_to_write(struct fifo_queue *s)
{
	if (s->write_fd == -1)
		s->write_fd = bell_open(AT_FDCWD, s->queue.name, O_WRONLY);
	if (s->write_fd != -1)
		return QUEUE_YES;
	return errno == ENXIO ? QUEUE_NO : queue_error(&s->queue, "cannot be written: %s", strerror(errno));
}

/* QUEUE_NO: nobody else does, and we are not to stay. */
static enum queue_answer
open_to_read(struct fifo_queue *s)
{
	enum queue_answer others = s->read_fd != -1 || s->listening ? QUEUE_YES : open_to_write(s);

	if (others != QUEUE_YES)
		return others;
	if (s->read_fd == -1)
		s->read_fd = bell_open(AT_FDCWD, s->queue.name, O_RDWR);
	return s->read_fd != -1
	    ? QUEUE_YES
	    : queue_error(&s->queue, "cannot be read (to read and write it is needed): %s", strerror(errno));
}

/* -- Putting ------------------------------------------------------------------------------------------------------- */

static enum queue_answer
check_put(struct queue *q, const struct queue_put *p)
{
	if (p->priority != 0 || p->after_ns > 0 || p->key != NULL)
		return cannot(q,
		    p->key != NULL        ? "knows no keys"
			: p->after_ns > 0 ? "delays no task"
					  : "has no priorities");
	if (p->len >= PIPE_BUF)
		return queue_error(
		    q, "is a named pipe, which takes tasks of up to %d bytes; this one has %zu", PIPE_BUF - 1, p->len);
	if (p->len > 0 && memchr(p->bytes, '\n', p->len) != NULL)
		return cannot(q, "takes lines; this task has several");
	if (p->len == 1 && p->bytes[0] == closed_mark[0])
		return cannot(q, "is closed by a line of the byte EOT");
	return QUEUE_YES;
}

static enum queue_answer
write_line(struct fifo_queue *s, int fd, const char *bytes, size_t len)
{
	char line[PIPE_BUF];

	if (len > 0)
		memcpy(line, bytes, len);
	line[len] = '\n';
	while (write(fd, line, len + 1) == -1) {
		if (errno == EAGAIN)
			return in_vain(s, "is full");
		if (errno == EPIPE)
			return in_vain(s, "nobody reads it");
		if (errno != EINTR)
			return queue_error(&s->queue, "cannot be written: %s", strerror(errno));
	}
	succeed(s);
	return QUEUE_YES;
}

static enum queue_answer
put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done)
{
	struct fifo_queue *s = SELF(q);
	enum queue_answer answer = QUEUE_YES;

	*done = 0;
	for (size_t i = 0; answer == QUEUE_YES && i < count; i++)
		answer = check_put(q, &tasks[i]);
	if (answer == QUEUE_YES)
		answer = open_to_write(s);
	if (answer == QUEUE_NO)
		return in_vain(s, "nobody reads it");
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
		flock(s->read_fd, LOCK_UN);
	s->locked = false;
}

static enum queue_answer
lock(struct fifo_queue *s)
{
	while (!s->locked && flock(s->read_fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			return in_vain(s, "another reads it");
		if (errno != EINTR)
			return queue_error(&s->queue, "cannot be locked: %s", strerror(errno));
	}
	s->locked = true;
	succeed(s);
	return QUEUE_YES;
}

/* The rest of a line, without its newline. QUEUE_NO: its end has not come. */
static enum queue_answer
read_line(struct fifo_queue *s)
{
	ssize_t n;
	char byte;

	while ((n = read(s->read_fd, &byte, 1)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN ? QUEUE_NO
					       : queue_error(&s->queue, "cannot be read: %s", strerror(errno));
		if (byte == '\n')
			return QUEUE_YES;
		s->too_long = s->too_long || s->line.len == LONGEST_LINE;
		if (!s->too_long)
			buf_addc(&s->line, byte);
	}
	return QUEUE_NO;
}

static enum queue_answer
meet_mark(struct fifo_queue *s)
{
	s->closed = s->serving;
	/* There is room, since we have just read it; were there none, who waits would be told by nobody. */
	if (!s->serving && write(s->read_fd, closed_mark, sizeof closed_mark - 1) == -1)
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
	if (!too_long && s->line.len == 1 && s->line.data[0] == closed_mark[0])
		answer = meet_mark(s);
	else if (too_long)
		answer = queue_error(&s->queue, "has a line of more than %d bytes, which is thrown away", LONGEST_LINE);
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

	*count = 0;
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

/* -- Ending: what was read is in the pipe no more ------------------------------------------------------------------ */

/* Behind those that came meanwhile. */
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
	    : queue_error(q, "is a named pipe without room for %zu of %zu tasks that were taken from it: they are lost",
		  lost, count);
}

/* -- State --------------------------------------------------------------------------------------------------------- */

static enum queue_answer
write_mark(struct fifo_queue *s)
{
	struct pollfd room = { .fd = s->write_fd, .events = POLLOUT };

	while (write(s->write_fd, closed_mark, sizeof closed_mark - 1) == -1) {
		if (errno == EAGAIN)
			poll(&room, 1, AGAIN_MS);
		else if (errno == EPIPE)
			return QUEUE_NO;
		else if (errno != EINTR)
			return queue_error(&s->queue, "cannot be written: %s", strerror(errno));
	}
	return QUEUE_YES;
}

static enum queue_answer
close_queue(struct queue *q)
{
	struct fifo_queue *s = SELF(q);
	enum queue_answer answer = open_to_write(s);

	if (answer == QUEUE_YES)
		answer = write_mark(s);
	return answer == QUEUE_NO
	    ? queue_error(q, "is a named pipe that nobody reads, so there is nobody to be told that it is closed")
	    : answer;
}

static enum queue_answer
reopen(struct queue *q)
{
	return queue_error(q, "is a named pipe, which opens again when all its readers have exited");
}

/* A pipe that nobody has open to read gives no task to anybody. To open it so ourselves would let writers in. */
static enum queue_answer
empty(struct queue *q)
{
	struct fifo_queue *s = SELF(q);
	enum queue_answer answer = s->read_fd != -1 ? QUEUE_YES : open_to_write(s);
	int lie = 0;

	if (answer != QUEUE_YES)
		return answer == QUEUE_NO ? QUEUE_YES : answer;
	if (ioctl(s->read_fd != -1 ? s->read_fd : s->write_fd, FIONREAD, &lie) == -1)
		return queue_error(q, "cannot be asked: %s", strerror(errno));
	return lie == 0 ? QUEUE_YES : QUEUE_NO;
}

/* -- Serving and waiting ------------------------------------------------------------------------------------------- */

static enum queue_answer
register_pool(struct queue *q, unsigned slots)
{
	(void)slots;
	SELF(q)->serving = true;
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

/* While another reads, its bytes are nothing to wake for. */
static void
fds(const struct queue *q, int fd[QUEUE_FDS])
{
	const struct fifo_queue *s = (const struct fifo_queue *)q;

	fd[0] = s->listening && !s->in_vain ? s->read_fd : -1;
	fd[1] = fd[2] = -1;
}

static int64_t
recheck_ns(struct queue *q)
{
	const struct fifo_queue *s = SELF(q);

	return s->in_vain ? NS_PER_MS << s->waits : AGAIN_MS * NS_PER_MS;
}

static void
free_queue(struct queue *q)
{
	struct fifo_queue *s = SELF(q);

	/* The part of a line whose end is still to come: nothing else can have been read since. */
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
queue_fifo_open(const char *name, char *problem, size_t size)
{
	struct fifo_queue *s = mem_alloc(sizeof *s);

	(void)problem;
	(void)size;
	s->queue = (struct queue){ .ops = &ops, .name = mem_strdup(name) };
	s->read_fd = s->write_fd = -1;
	return &s->queue;
}
