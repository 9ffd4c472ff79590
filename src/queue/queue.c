/*
 * Invariants: the kind of file at a path selects the backend here and nowhere else. What a missing operation means is
 * decided here, so that a backend has functions only for what it can do.
 */
#include "queue/queue.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "queue/backend.h"
#include "queue/fifo.h"
#include "queue/sqlite/create.h"
#include "queue/sqlite/sqlite.h"

enum { RECHECK_MS = 1000 };

static const struct {
	mode_t type;
	struct queue *(*open)(const char *name, const struct queue_patience *patience, char *problem, size_t size);
} backends[] = {
	{ S_IFDIR, queue_sqlite_open },
	{ S_IFIFO, queue_fifo_open },
};

struct queue *
queue_open(const char *name, char *problem, size_t size)
{
	static const struct queue_patience usual = { .deadline_mono_ns = QUEUE_DEFAULT_WAIT };

	return queue_open_patiently(name, &usual, problem, size);
}

struct queue *
queue_open_patiently(const char *name, const struct queue_patience *patience, char *problem, size_t size)
{
	struct stat st;

	if (stat(name, &st) == -1) {
		snprintf(
		    problem, size, "%s%s", strerror(errno), errno == ENOENT ? "; make a queue with qctl create" : "");
		return NULL;
	}
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		if ((st.st_mode & S_IFMT) == backends[i].type)
			return backends[i].open(name, patience, problem, size);
	snprintf(problem, size, "not a queue; make one with qctl create");
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
	queue_discard(q);
}

void
queue_set_deadline(struct queue *q, int64_t deadline_mono_ns)
{
	q->patience.deadline_mono_ns = deadline_mono_ns;
}

enum queue_answer
queue_check(struct queue *q)
{
	return q->ops->check != NULL ? q->ops->check(q) : QUEUE_YES;
}

bool
queue_is_gone(const struct queue *q)
{
	return q->gone;
}

bool
queue_is_busy(const struct queue *q)
{
	return q->busy;
}

const char *
queue_problem(const struct queue *q)
{
	return q->problem;
}

const char *
queue_reason(const struct queue *q)
{
	return q->reason;
}

bool
queue_has_feed(const struct queue *q)
{
	return q->ops->feed_fd != NULL;
}

/* The answer to an operation that the backend lacks. */
static enum queue_answer
lacks(struct queue *q, const char *what)
{
	return queue_error(q, "is %s, which %s; use a queue directory", q->ops->kind, what);
}

/* -- Producing ----------------------------------------------------------------------------------------------------- */

enum queue_answer
queue_put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done)
{
	*done = 0;
	return q->ops->put != NULL ? q->ops->put(q, tasks, count, ids, done) : lacks(q, "accepts no tasks");
}

/* -- Running ------------------------------------------------------------------------------------------------------- */

enum queue_answer
queue_claim(struct queue *q, size_t most, struct queue_task *tasks, size_t *count)
{
	*count = 0;
	return q->ops->claim != NULL ? q->ops->claim(q, most, tasks, count) : lacks(q, "gives out no tasks");
}

void
queue_begin(struct queue *q, uint64_t id)
{
	if (q->ops->begin != NULL)
		q->ops->begin(q, id);
}

enum queue_answer
queue_finish(struct queue *q, const struct queue_result *results, size_t count)
{
	return q->ops->finish != NULL ? q->ops->finish(q, results, count) : QUEUE_YES;
}

enum queue_answer
queue_drop(struct queue *q, const struct queue_task *tasks, size_t count)
{
	return q->ops->drop != NULL ? q->ops->drop(q, tasks, count) : QUEUE_YES;
}

enum queue_answer
queue_release(struct queue *q, const struct queue_task *tasks, size_t count)
{
	return q->ops->release != NULL ? q->ops->release(q, tasks, count) : lacks(q, "takes no task back");
}

/* -- Leases -------------------------------------------------------------------------------------------------------- */

static const char no_leases[] = "has no leases";

enum queue_answer
queue_lease(struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count)
{
	*count = 0;
	return q->ops->lease != NULL ? q->ops->lease(q, lease_ns, most, tasks, count) : lacks(q, no_leases);
}

enum queue_answer
queue_done(struct queue *q, uint64_t id, uint64_t lease_id)
{
	return q->ops->done != NULL ? q->ops->done(q, id, lease_id) : lacks(q, no_leases);
}

enum queue_answer
queue_fail(struct queue *q, uint64_t id, uint64_t lease_id, const char *error)
{
	return q->ops->fail != NULL ? q->ops->fail(q, id, lease_id, error) : lacks(q, no_leases);
}

enum queue_answer
queue_touch(struct queue *q, uint64_t id, uint64_t lease_id, int64_t lease_ns)
{
	return q->ops->touch != NULL ? q->ops->touch(q, id, lease_id, lease_ns) : lacks(q, no_leases);
}

/* -- Looking ------------------------------------------------------------------------------------------------------- */

enum queue_answer
queue_counts(struct queue *q, struct queue_counts *c)
{
	*c = (struct queue_counts){ 0 };
	return q->ops->counts != NULL ? q->ops->counts(q, c) : lacks(q, "cannot count its tasks");
}

enum queue_answer
queue_empty(struct queue *q)
{
	return q->ops->empty != NULL ? q->ops->empty(q) : lacks(q, "cannot count its tasks");
}

enum queue_answer
queue_look(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg)
{
	return q->ops->look != NULL ? q->ops->look(q, id, fn, arg) : lacks(q, "gives its tasks no ids");
}

enum queue_answer
queue_list(struct queue *q, int state, queue_list_fn *fn, void *arg)
{
	return q->ops->list != NULL ? q->ops->list(q, state, fn, arg) : lacks(q, "cannot list its tasks");
}

enum queue_answer
queue_result(struct queue *q, uint64_t id, struct queue_result *r)
{
	*r = (struct queue_result){ .id = id, .outcome = OUTCOME_FAIL, .out_fd = -1, .err_fd = -1 };
	return q->ops->result != NULL ? q->ops->result(q, id, r) : lacks(q, "keeps no results");
}

/* -- Changing ------------------------------------------------------------------------------------------------------ */

enum queue_answer
queue_retry(
    struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count, queue_unchanged_fn *unchanged, void *arg)
{
	*count = 0;
	return q->ops->retry != NULL ? q->ops->retry(q, ids, id_count, count, unchanged, arg)
				     : lacks(q, "does not keep tasks that were taken");
}

enum queue_answer
queue_purge(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count)
{
	*count = 0;
	return q->ops->purge != NULL ? q->ops->purge(q, state, ids, id_count, count)
				     : lacks(q, "cannot remove single tasks");
}

enum queue_answer
queue_close(struct queue *q)
{
	return q->ops->close != NULL ? q->ops->close(q) : lacks(q, "cannot be closed");
}

enum queue_answer
queue_reopen(struct queue *q)
{
	return q->ops->reopen != NULL ? q->ops->reopen(q) : lacks(q, "cannot be reopened");
}

enum queue_answer
queue_terminate(struct queue *q)
{
	if (q->ops->terminate != NULL)
		return q->ops->terminate(q);
	return queue_error(q,
	    "is %s, which cannot stop its pools; close it, send them a signal, or use a queue directory", q->ops->kind);
}

/* -- Pools and waiting --------------------------------------------------------------------------------------------- */

enum queue_answer
queue_register_pool(struct queue *q, unsigned slots)
{
	return q->ops->register_pool != NULL ? q->ops->register_pool(q, slots) : QUEUE_YES;
}

enum queue_answer
queue_wait_in_job(struct queue *q, uint64_t task_id)
{
	return q->ops->wait_in_job != NULL ? q->ops->wait_in_job(q, task_id) : QUEUE_YES;
}

enum queue_answer
queue_has_doomed(struct queue *q)
{
	return q->ops->has_doomed != NULL ? q->ops->has_doomed(q) : QUEUE_NO;
}

int
queue_listen(struct queue *q, unsigned kinds)
{
	return q->ops->listen != NULL ? q->ops->listen(q, kinds) : 0;
}

void
queue_fds(const struct queue *q, int fd[QUEUE_FDS])
{
	for (int i = 0; i < QUEUE_FDS; i++)
		fd[i] = -1;
	if (q->ops->fds != NULL)
		q->ops->fds(q, fd);
}

void
queue_take_notifications(struct queue *q)
{
	if (q->ops->take_notifications != NULL)
		q->ops->take_notifications(q);
}

int64_t
queue_recheck_ns(struct queue *q)
{
	return q->ops->recheck_ns != NULL ? q->ops->recheck_ns(q) : RECHECK_MS * NS_PER_MS;
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
	int64_t now = clock_mono_ns(), wait_ns = queue_recheck_ns(q), ms;

	*readable = false;
	if (deadline_mono_ns != -1 && deadline_mono_ns <= now)
		return false;
	if (deadline_mono_ns != -1 && deadline_mono_ns - now < wait_ns)
		wait_ns = deadline_mono_ns - now;
	/* Rounded up, so that the next look does not come too early. */
	ms = (wait_ns + NS_PER_MS - 1) / NS_PER_MS;
	queue_fds(q, own);
	for (int i = 0; i < QUEUE_FDS; i++)
		p[i + 1] = (struct pollfd){ .fd = own[i], .events = POLLIN };
	*readable = poll(p, QUEUE_FDS + 1, (int)ms) > 0 && p[0].revents != 0;
	queue_take_notifications(q);
	return true;
}

int
queue_keeper_fd(const struct queue *q)
{
	return q->ops->keeper_fd != NULL ? q->ops->keeper_fd(q) : -1;
}

int
queue_feed_fd(struct queue *q)
{
	if (q->ops->feed_fd != NULL)
		return q->ops->feed_fd(q);
	lacks(q, "has no pipe beside it");
	errno = ENOTSUP;
	return -1;
}
