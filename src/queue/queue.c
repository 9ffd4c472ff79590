/* Invariant: which backend serves a queue is decided here, once, by what stands at its path. */
#include "queue/queue.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/fifo.h"
#include "queue/sqlite/sqlite.h"

/* clang-format off */
static const char *const state_names[QUEUE_STATES] = { "ready", "delayed", "running", "held", "done", "failed", "dead" };
/* clang-format on */

/* Which backend is for what kind of file. */
static const struct {
	mode_t type;
	struct queue *(*open)(const char *name, char *problem, size_t size);
} backends[] = {
	{ S_IFDIR, queue_sqlite_open },
	{ S_IFIFO, queue_fifo_open },
};

struct queue *
queue_open(const char *name, char *problem, size_t size)
{
	struct stat st;

	if (stat(name, &st) == -1) {
		snprintf(
		    problem, size, "%s%s", strerror(errno), errno == ENOENT ? "; make a queue with qctl create" : "");
		return NULL;
	}
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		if ((st.st_mode & S_IFMT) == backends[i].type)
			return backends[i].open(name, problem, size);
	snprintf(problem, size, "is no queue; make one with qctl create");
	return NULL;
}

enum queue_answer
queue_create(const char *name, const struct queue_config *config, bool again, char *problem, size_t size)
{
	return queue_sqlite_create(name, config, again, problem, size);
}

void
queue_free(struct queue *q)
{
	q->ops->free(q);
}

const char *
queue_problem(const struct queue *q)
{
	return q->problem;
}

enum queue_answer
queue_fail(struct queue *q, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(q->problem, sizeof q->problem, format, ap);
	va_end(ap);
	return QUEUE_ERROR;
}

const char *
queue_state_name(enum queue_state state)
{
	return state_names[state];
}

int
queue_state_named(const char *name)
{
	for (int i = 0; i < QUEUE_STATES; i++)
		if (strcmp(name, state_names[i]) == 0)
			return i;
	return -1;
}

uint64_t
queue_unfinished(const struct queue_counts *c)
{
	return c->of[QUEUE_READY] + c->of[QUEUE_DELAYED] + c->of[QUEUE_RUNNING] + c->of[QUEUE_HELD];
}

void
queue_task_free(struct queue_task *t)
{
	free(t->bytes);
	t->bytes = NULL;
}

void
queue_result_free(struct queue_result *r)
{
	buf_free(&r->record);
	buf_free(&r->out);
	buf_free(&r->err);
	if (r->out_fd != -1)
		close(r->out_fd);
	if (r->err_fd != -1)
		close(r->err_fd);
	r->out_fd = r->err_fd = -1;
}

bool
queue_wait(struct queue *q, int64_t deadline_mono_ns)
{
	bool readable;

	return queue_wait_for(q, deadline_mono_ns, -1, &readable);
}

bool
queue_wait_for(struct queue *q, int64_t deadline_mono_ns, int fd, bool *readable)
{
	struct pollfd p[QUEUE_FDS + 1] = { { .fd = fd, .events = POLLIN } };
	int own[QUEUE_FDS];
	int64_t now = clock_mono_ns(), wait_ns = q->ops->again_ns(q), ms;

	*readable = false;
	if (deadline_mono_ns != -1 && deadline_mono_ns <= now)
		return false;
	if (deadline_mono_ns != -1 && deadline_mono_ns - now < wait_ns)
		wait_ns = deadline_mono_ns - now;
	/* Rounded up: not to look before there is something to see. */
	ms = (wait_ns + NS_PER_MS - 1) / NS_PER_MS;
	q->ops->fds(q, own);
	for (int i = 0; i < QUEUE_FDS; i++)
		p[i + 1] = (struct pollfd){ .fd = own[i], .events = POLLIN };
	*readable = poll(p, QUEUE_FDS + 1, (int)ms) > 0 && p[0].revents != 0;
	q->ops->heard(q);
	return true;
}
