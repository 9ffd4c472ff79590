/*
 * Waiting for tasks to be over, and their results.
 *
 * Invariant: who waits listens before it looks, and looks before it waits: what ends in between wakes it.
 */
#include "qctl/qctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.h"

enum { BLOCK = 64 << 10, LOOKS = 3 };

void
qctl_hear_over(struct qctl *c)
{
	c->terminated = qctl_counts(c).terminated;
	/* To be known as a waiting job is to listen by another pipe: before the first look too. */
	qctl_is_stuck(c);
	qctl_listen(c, QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE);
}

bool
qctl_wait_over(struct qctl *c, int fd, bool *readable)
{
	/* To count also ends what a pool that died had begun. */
	if (qctl_counts(c).terminated > c->terminated)
		qctl_fail(c, "was terminated; what was waited for is not over");
	if (qctl_is_stuck(c))
		qctl_fail(c,
		    "each job that could run what is waited for waits too; give its pool more slots, or wait outside of it");
	return qctl_wait_for(c, fd, readable);
}

void
qctl_refuse_own(struct qctl *c, uint64_t id)
{
	uint64_t inside = qctl_inside(c);

	if (inside != 0 && (id == 0 || id == inside) && !qctl_is_over(qctl_state(c, inside, NULL)))
		qctl_fail(c, "this job is its task %" PRIu64 ", and would wait for itself", inside);
}

struct seen {
	int state;
	struct buf *error;
};

static bool
see(void *arg, const struct queue_info *info)
{
	struct seen *seen = arg;

	seen->state = (int)info->state;
	if (seen->error != NULL && info->error != NULL)
		buf_adds(seen->error, info->error);
	return false;
}

int
qctl_state(struct qctl *c, uint64_t id, struct buf *error)
{
	struct seen seen = { QCTL_GONE, error };

	/* Whatever it is, it is said of a task that was put; so the count of them comes first. */
	if (qctl_answer(c, queue_look(c->queue, id, see, &seen)) == QCTL_NO && id > qctl_counts(c).put)
		qctl_fail(c, "task %" PRIu64 " was never put", id);
	return seen.state;
}

bool
qctl_is_over(int state)
{
	return state == QUEUE_DONE || state == QUEUE_FAILED || state == QUEUE_DEAD || state == QCTL_GONE;
}

static void
say_dead(struct qctl *c, uint64_t id, const struct buf *error)
{
	struct buf b = { 0 };

	escape_visible(&b, error->data, error->len);
	buf_addc(&b, '\0');
	qctl_warn(c, "task %" PRIu64 " is dead%s%s; qctl retry brings it back", id, error->len > 0 ? ": " : "", b.data);
	buf_free(&b);
}

enum qctl_fetched
qctl_fetch(struct qctl *c, uint64_t id, struct queue_result *r)
{
	struct buf error = { 0 };
	int state = QUEUE_DONE;

	/* A task may be over, or be retried, between two looks. */
	for (int i = 0; i < LOOKS && (state == QUEUE_DONE || state == QUEUE_FAILED); i++) {
		if (qctl_answer(c, queue_result(c->queue, id, r)) == QCTL_YES)
			return QCTL_FETCHED;
		error.len = 0;
		state = qctl_state(c, id, &error);
	}
	if (!qctl_is_over(state)) {
		buf_free(&error);
		return QCTL_PENDING;
	}
	if (state == QUEUE_DEAD)
		say_dead(c, id, &error);
	else
		qctl_warn(c, "task %" PRIu64 " is over, and its result is not kept", id);
	buf_free(&error);
	return state == QUEUE_DEAD ? QCTL_IS_DEAD : QCTL_IS_GONE;
}

void
qctl_await(struct qctl *c, uint64_t id, struct queue_result *r)
{
	enum qctl_fetched fetched;
	bool readable;

	while ((fetched = qctl_fetch(c, id, r)) == QCTL_PENDING)
		if (!qctl_wait_over(c, -1, &readable))
			qctl_fail(c, "task %" PRIu64 " is not over in time; qctl result tells of it later", id);
	if (fetched != QCTL_FETCHED)
		exit(c->verb->cli.error_status);
}

/* -- Printing ------------------------------------------------------------------------------------------------------ */

static void
print(struct qctl *c, FILE *f, const char *bytes, size_t len)
{
	if (len > 0 && fwrite(bytes, 1, len, f) != len)
		qctl_fail(c, "%s: %s", f == stdout ? "stdout" : "stderr", strerror(errno));
}

static void
print_output(struct qctl *c, FILE *f, const struct buf *b, int fd)
{
	char block[BLOCK];
	ssize_t n;

	print(c, f, b->data, b->len);
	while (fd != -1 && (n = read(fd, block, sizeof block)) != 0) {
		if (n == -1 && errno != EINTR)
			qctl_fail(c, "the output of a task cannot be read: %s", strerror(errno));
		if (n > 0)
			print(c, f, block, (size_t)n);
	}
}

int
qctl_print_result(struct qctl *c, struct queue_result *r)
{
	int status = WIFSIGNALED(r->wstatus) ? 128 + WTERMSIG(r->wstatus) : WEXITSTATUS(r->wstatus);

	print_output(c, stdout, &r->out, r->out_fd);
	qctl_flush(c);
	print_output(c, stderr, &r->err, r->err_fd);
	/* One that was ended by its time limit, say, and exited 0 at that, has failed. */
	return status == 0 && r->outcome != OUTCOME_OK ? 1 : status;
}
