/*
 * Invariant: a verb listens before it looks, and looks before it waits, so that a task that finishes in between ends
 * the wait.
 */
#include "qctl/finished.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.h"
#include "qctl/answer.h"
#include "qctl/waiting.h"

enum { BLOCK = 64 << 10, LOOKS = 3 };

void
qctl_listen_finished(struct qctl *c)
{
	c->terminated = qctl_counts(c).terminated;
	/* A process within a job listens on a pipe of its own, so it must be known as one before the first look. */
	qctl_is_deadlocked(c);
	qctl_listen(c, QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE);
}

bool
qctl_wait_finished(struct qctl *c, int fd, bool *readable)
{
	/* Counting also ends the attempts of a pool that died. */
	if (qctl_counts(c).terminated > c->terminated)
		qctl_fail(c, "terminated; not all awaited tasks have finished");
	if (qctl_is_deadlocked(c))
		qctl_fail(c,
		    "deadlock: every slot is running a job that waits on this queue; "
		    "give the pool more slots, or wait outside of its jobs");
	return qctl_wait_for(c, fd, readable);
}

void
qctl_refuse_own_job(struct qctl *c, uint64_t id)
{
	uint64_t own = qctl_own_task(c);

	if (own != 0 && (id == 0 || id == own) && !qctl_is_finished(qctl_state(c, own, NULL)))
		qctl_fail(c, "this job is running task %" PRIu64 " and would wait for itself", own);
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

	/* Ids are numbered from 1, so a larger one than the count of tasks was never put. */
	if (qctl_answer(c, queue_look(c->queue, id, see, &seen)) == QCTL_NO && id > qctl_counts(c).put)
		qctl_fail(c, "task %" PRIu64 " not found; it was never put", id);
	return seen.state;
}

bool
qctl_is_finished(int state)
{
	return state == QUEUE_DONE || state == QUEUE_FAILED || state == QUEUE_DEAD || state == QCTL_GONE;
}

static void
report_dead(struct qctl *c, uint64_t id, const struct buf *error)
{
	struct buf b = { 0 };

	escape_visible(&b, error->data, error->len);
	buf_addc(&b, '\0');
	qctl_warn(
	    c, "task %" PRIu64 " is dead%s%s; qctl retry makes it ready again", id, error->len > 0 ? ": " : "", b.data);
	buf_free(&b);
}

enum qctl_fetched
qctl_fetch(struct qctl *c, uint64_t id, struct queue_result *r)
{
	struct buf error = { 0 };
	int state = QUEUE_DONE;

	/* A task may finish, or be retried, between two looks. */
	for (int i = 0; i < LOOKS && (state == QUEUE_DONE || state == QUEUE_FAILED); i++) {
		if (qctl_answer(c, queue_result(c->queue, id, r)) == QCTL_YES)
			return QCTL_FETCHED;
		error.len = 0;
		state = qctl_state(c, id, &error);
	}
	if (!qctl_is_finished(state)) {
		buf_free(&error);
		return QCTL_PENDING;
	}
	if (state == QUEUE_DEAD)
		report_dead(c, id, &error);
	else
		qctl_warn(c, "task %" PRIu64 " has finished, but its result was removed", id);
	buf_free(&error);
	return state == QUEUE_DEAD ? QCTL_IS_DEAD : QCTL_IS_GONE;
}

void
qctl_await(struct qctl *c, uint64_t id, struct queue_result *r)
{
	enum qctl_fetched fetched;
	bool readable;

	while ((fetched = qctl_fetch(c, id, r)) == QCTL_PENDING)
		if (!qctl_wait_finished(c, -1, &readable))
			qctl_fail(c,
			    "timed out; task %" PRIu64 " has not finished; get its result later with qctl result", id);
	if (fetched != QCTL_FETCHED)
		exit(c->verb->cli.error_status);
}

/* -- Printing ------------------------------------------------------------------------------------------------------ */

static void
print(struct qctl *c, FILE *f, const char *bytes, size_t len)
{
	if (len > 0 && fwrite(bytes, 1, len, f) != len)
		qctl_fail_writing(c, f);
}

static void
print_output(struct qctl *c, FILE *f, const struct buf *b, int fd)
{
	char block[BLOCK];
	ssize_t n;

	print(c, f, b->data, b->len);
	while (fd != -1 && (n = read(fd, block, sizeof block)) != 0) {
		if (n == -1 && errno != EINTR)
			qctl_fail(c, "cannot read the output of a task: %s", strerror(errno));
		if (n > 0)
			print(c, f, block, (size_t)n);
	}
}

struct text {
	bool has_nul;
	size_t len;
};

static bool
look_at_text(void *arg, const struct queue_info *info)
{
	struct text *text = arg;

	*text =
	    (struct text){ .has_nul = info->len > 0 && memchr(info->bytes, '\0', info->len) != NULL, .len = info->len };
	return false;
}

/* Why a task has no output, where its job did not end by itself. */
static void
report_outcome(struct qctl *c, const struct queue_result *r, int status)
{
	struct text text = { 0 };

	if (r->outcome == OUTCOME_INVALID)
		qctl_answer(c, queue_look(c->queue, r->id, look_at_text, &text));
	if (text.has_nul)
		qctl_warn(c,
		    "task %" PRIu64 " was not run: it contains a NUL byte, which an argument cannot contain; "
		    "fill the queue with qctl put -0",
		    r->id);
	else if (r->outcome == OUTCOME_INVALID)
		qctl_warn(c,
		    "task %" PRIu64 " was not run: its %zu bytes are more than a command can have; put it into a file",
		    r->id, text.len);
	else if (r->outcome == OUTCOME_NOTRUN)
		qctl_warn(c, "task %" PRIu64 " was not run: its command %s", r->id,
		    status == EXIT_NOT_FOUND ? "was not found" : "could not be executed");
	else if (r->outcome == OUTCOME_TIMEOUT)
		qctl_warn(c, "task %" PRIu64 " exceeded its time limit", r->id);
}

int
qctl_print_result(struct qctl *c, struct queue_result *r)
{
	int status = WIFSIGNALED(r->wstatus) ? 128 + WTERMSIG(r->wstatus) : WEXITSTATUS(r->wstatus);

	print_output(c, stdout, &r->out, r->out_fd);
	qctl_flush(c);
	print_output(c, stderr, &r->err, r->err_fd);
	report_outcome(c, r, status);
	/* A job that exits with 0 can fail all the same, for example when it exceeds its time limit. */
	return status == 0 && r->outcome != OUTCOME_OK ? 1 : status;
}
