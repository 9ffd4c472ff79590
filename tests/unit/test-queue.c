/*
 * queue: the contract of every backend. Each test takes a backend that makes queues; test-queue-kept has the tests for
 * backends that keep their tasks, test-queue-directory those for queue directories alone.
 */
#include "queue/queue.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue-mem.h"
#include "queue-util.h"
#include "tap.h"

static void
test_order(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put three[] = { a_put("a"), a_put("b c"), a_put("") };
	uint64_t ids[3];
	size_t done = 0, count = 1;
	struct queue_task t;

	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0, "%s: listen: for tasks", b->name);
	tap_ok(
	    queue_claim(q, 1, &t, &count) == QUEUE_NO && count == 0, "%s: claim: nothing from an empty queue", b->name);
	tap_ok(queue_empty(q) == QUEUE_YES, "%s: empty: yes at first", b->name);
	tap_ok(queue_put(q, three, 3, ids, &done) == QUEUE_YES && done == 3, "%s: put: three tasks at once", b->name);
	tap_ok(queue_empty(q) == QUEUE_NO, "%s: empty: no after a put", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_YES && count == 1 && strcmp(t.bytes, "a") == 0 && t.len == 1 &&
		t.attempt == 1 && t.lease_id == 0 && t.id != 0,
	    "%s: claim: the first task first", b->name);
	tap_ok(queue_release(q, &t, 1) == QUEUE_YES, "%s: release: a claimed task", b->name);
	queue_task_free(&t);
	/* A pipe takes it back at its end. */
	tap_ok(drains(q, b->keeps ? "a b c  " : "b c  a "),
	    "%s: release: the task is ready again, and the order of the others is kept", b->name);
	tap_ok(
	    queue_claim(q, 1, &t, &count) == QUEUE_NO && count == 0, "%s: claim: nothing when all are taken", b->name);
	queue_free(q);
}

static void
test_part(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put many[5];
	struct queue_task tasks[MOST];
	uint64_t ids[5];
	size_t done, count = 0;

	for (int i = 0; i < 5; i++)
		many[i] = a_put("x");
	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0 && queue_put(q, many, 5, ids, &done) == QUEUE_YES,
	    "%s: put: five tasks", b->name);
	tap_ok(queue_claim(q, 3, tasks, &count) == QUEUE_YES && count == 3, "%s: claim: no more than the caller wants",
	    b->name);
	tap_ok(
	    tasks[0].id != tasks[1].id && tasks[1].id != tasks[2].id, "%s: claim: each has an id of its own", b->name);
	tap_ok(queue_drop(q, tasks, 3) == QUEUE_YES, "%s: drop: removes what was claimed", b->name);
	free_tasks(tasks, count);
	tap_ok(drains(q, "x x "), "%s: drop: leaves the others", b->name);
	queue_free(q);
}

static void
test_closed(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_task t;
	size_t count = 1;

	queue_listen(q, QUEUE_NOTIFY_TASKS);
	put_text(q, "a");
	tap_ok(queue_close(q) == QUEUE_YES, "%s: close: an open queue", b->name);
	tap_ok(drains(q, "a "), "%s: close: tasks can still be taken", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_CLOSED && count == 0, "%s: close: closed once it is drained",
	    b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_CLOSED && count == 0, "%s: close: stays closed", b->name);
	queue_free(q);
}

static void
test_waiting(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	int64_t soon = clock_mono_ns() - 1;

	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0, "%s: listen: before a wait", b->name);
	tap_ok(!queue_wait(q, soon), "%s: wait: a deadline that has passed", b->name);
	tap_ok(queue_recheck_ns(q) > 0 && queue_recheck_ns(q) <= NS_PER_S, "%s: recheck_ns: within a second", b->name);
	queue_free(q);
}

static void
test_serving(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	uint64_t id;

	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0 && queue_register_pool(q, 2) == QUEUE_YES,
	    "%s: register_pool: while listening", b->name);
	put_text(q, "a");
	id = begin_one(q);
	tap_ok(
	    id != 0 && finish_as(q, id, OUTCOME_OK, 0, "out") == QUEUE_YES, "%s: finish: a task that was run", b->name);
	tap_ok(queue_close(q) == QUEUE_YES && begin_one(q) == 0, "%s: finish: drains a closed queue", b->name);
	queue_free(q);
}

/* What a backend cannot do is reported, and changes nothing. */
static void
test_refused(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put odd[] = { a_put("a"), a_put("b") };
	struct queue_counts c;
	struct queue_result r;
	struct queue_task t;
	uint64_t ids[2], count;
	size_t done = 1;

	queue_listen(q, QUEUE_NOTIFY_TASKS);
	odd[1].priority = b->keeps ? 0 : 1;
	tap_ok((queue_put(q, odd, 2, ids, &done) == QUEUE_ERROR) != b->keeps && done == (b->keeps ? 2 : 0),
	    "%s: put: all tasks of a call, or none", b->name);
	tap_ok((queue_empty(q) == QUEUE_NO) == b->keeps, "%s: empty: agrees with that", b->name);
	tap_ok((queue_lease(q, NS_PER_S, 1, &t, &done) == QUEUE_ERROR) != b->keeps, "%s: lease: only if tasks are kept",
	    b->name);
	if (b->keeps)
		queue_task_free(&t);
	tap_ok((queue_counts(q, &c) == QUEUE_ERROR) != b->keeps &&
		(queue_list(q, -1, recount, (uint64_t[QUEUE_STATES]){ 0 }) == QUEUE_ERROR) != b->keeps,
	    "%s: counts, list: only if tasks are kept", b->name);
	tap_ok((queue_result(q, 1, &r) == QUEUE_ERROR) != b->keeps && r.out_fd == -1,
	    "%s: result: only if tasks are kept", b->name);
	tap_ok((queue_retry(q, NULL, 0, &count, NULL, NULL) == QUEUE_ERROR) != b->keeps && count == 0,
	    "%s: retry: only if tasks are kept", b->name);
	tap_ok((queue_terminate(q) == QUEUE_ERROR) != b->keeps, "%s: terminate: only if tasks are kept", b->name);
	tap_ok((queue_reopen(q) == QUEUE_ERROR) != b->keeps && (queue_problem(q)[0] == '\0') == b->keeps,
	    "%s: reopen: only if tasks are kept", b->name);
	queue_free(q);
}

/* -- A backend without operations ---------------------------------------------------------------------------------- */

static const struct queue_ops none = { .kind = "a test" };

static struct queue *
make_none(void)
{
	struct queue *q = mem_alloc(sizeof *q);

	*q = (struct queue){ .ops = &none, .name = mem_strdup("none") };
	return q;
}

static bool
lacks(struct queue *q, enum queue_answer answer, const char *what)
{
	char wanted[128];

	snprintf(wanted, sizeof wanted, "is a test, which %s; use a queue directory", what);
	if (strcmp(queue_problem(q), wanted) != 0)
		printf("# wanted '%s', got '%s'\n", wanted, queue_problem(q));
	return answer == QUEUE_ERROR && strcmp(queue_problem(q), wanted) == 0;
}

static void
test_none_errors(void)
{
	struct queue *q = make_none();
	struct queue_put p = a_put("a");
	struct queue_counts c = { .put = 9 };
	struct queue_result r;
	struct queue_task t;
	uint64_t id, count = 9;
	size_t n = 9;

	tap_ok(lacks(q, queue_put(q, &p, 1, &id, &n), "accepts no tasks") && n == 0, "no operations: put");
	n = 9;
	tap_ok(lacks(q, queue_claim(q, 1, &t, &n), "gives out no tasks") && n == 0, "no operations: claim");
	tap_ok(lacks(q, queue_release(q, NULL, 0), "takes no task back"), "no operations: release");
	n = 9;
	tap_ok(lacks(q, queue_lease(q, 1, 1, &t, &n), "has no leases") && n == 0, "no operations: lease");
	tap_ok(lacks(q, queue_done(q, 1, 1), "has no leases"), "no operations: done");
	tap_ok(lacks(q, queue_fail(q, 1, 1, NULL), "has no leases"), "no operations: fail");
	tap_ok(lacks(q, queue_touch(q, 1, 1, 1), "has no leases"), "no operations: touch");
	tap_ok(lacks(q, queue_counts(q, &c), "cannot count its tasks") && c.put == 0, "no operations: counts");
	tap_ok(lacks(q, queue_empty(q), "cannot count its tasks"), "no operations: empty");
	tap_ok(lacks(q, queue_look(q, 1, recount, NULL), "gives its tasks no ids"), "no operations: look");
	tap_ok(lacks(q, queue_list(q, -1, recount, NULL), "cannot list its tasks"), "no operations: list");
	tap_ok(lacks(q, queue_result(q, 7, &r), "keeps no results") && r.id == 7 && r.out_fd == -1 && r.err_fd == -1,
	    "no operations: result");
	tap_ok(
	    lacks(q, queue_retry(q, NULL, 0, &count, NULL, NULL), "does not keep tasks that were taken") && count == 0,
	    "no operations: retry");
	count = 9;
	tap_ok(lacks(q, queue_purge(q, -1, NULL, 0, &count), "cannot remove single tasks") && count == 0,
	    "no operations: purge");
	tap_ok(lacks(q, queue_close(q), "cannot be closed"), "no operations: close");
	tap_ok(lacks(q, queue_reopen(q), "cannot be reopened"), "no operations: reopen");
	tap_ok(queue_terminate(q) == QUEUE_ERROR && strstr(queue_problem(q), "cannot stop its pools") != NULL,
	    "no operations: terminate");
	tap_ok(!queue_has_feed(q) && queue_feed_fd(q) == -1 && strstr(queue_problem(q), "no pipe beside it") != NULL,
	    "no operations: feed_fd");
	queue_free(q);
}

static void
test_none_defaults(void)
{
	struct queue *q = make_none();
	int fd[QUEUE_FDS] = { 0, 0, 0 };
	bool readable = true;

	queue_begin(q, 1);
	tap_ok(queue_finish(q, NULL, 0) == QUEUE_YES && queue_drop(q, NULL, 0) == QUEUE_YES,
	    "no operations: finish and drop have nothing to record");
	tap_ok(queue_register_pool(q, 1) == QUEUE_YES && queue_wait_in_job(q, 1) == QUEUE_YES,
	    "no operations: register_pool and wait_in_job have nothing to record");
	queue_fds(q, fd);
	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0 && fd[0] == -1 && fd[1] == -1 && fd[2] == -1,
	    "no operations: listen has no fds");
	tap_ok(queue_recheck_ns(q) == NS_PER_S && queue_keeper_fd(q) == -1, "no operations: recheck_ns, keeper_fd");
	tap_ok(!queue_wait_for(q, clock_mono_ns() - 1, -1, &readable) && !readable,
	    "no operations: wait until a deadline");
	tap_ok(queue_wait(q, clock_mono_ns() + NS_PER_MS), "no operations: wait");
	tap_ok(queue_reason(q) == NULL, "no operations: no reason");
	queue_free(q);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void (*const tests[])(
    const struct backend *b) = { test_order, test_part, test_closed, test_waiting, test_serving, test_refused };

int
main(void)
{
	const struct backend *const backends[] = { &memory, &directory, &named_pipe };

	if (!tap_ok(scratch_begin(), "a scratch directory"))
		return tap_done();
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		for (size_t n = 0; n < sizeof tests / sizeof tests[0]; n++)
			tests[n](backends[i]);
	test_none_errors();
	test_none_defaults();
	scratch_end();
	return tap_done();
}
