/*
 * queue: the contract of backends that keep their tasks, with counts, leases, results and lists. After each step the
 * counts agree with the lists.
 */
#include "queue/queue.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue-util.h"
#include "tap.h"

static void
test_counts(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_counts c;
	struct queue_task tasks[MOST];
	size_t count;

	tap_ok(HAS(q, 0), "%s: counts: all 0 at first", b->name);
	tap_ok(put_text(q, "a") == 1 && put_text(q, "b") == 2 && put_text(q, "c") == 3 && HAS(q, READY(3)),
	    "%s: put: ids from 1 on", b->name);
	tap_ok(strcmp(claim_all(q, tasks, &count), "a b c ") == 0 && HAS(q, RUNNING(3)),
	    "%s: counts: claimed tasks are running", b->name);
	tap_ok(
	    queue_drop(q, tasks, 1) == QUEUE_YES && HAS(q, RUNNING(2)), "%s: counts: a dropped task is gone", b->name);
	tap_ok(queue_release(q, tasks + 1, 1) == QUEUE_YES && HAS(q, RUNNING(1), READY(1)),
	    "%s: counts: a released task is ready", b->name);
	tap_ok(finish_as(q, tasks[2].id, OUTCOME_OK, 0, "") == QUEUE_YES && HAS(q, READY(1), DONE(1)),
	    "%s: counts: a finished task is done", b->name);
	free_tasks(tasks, count);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.put == 3 && c.finished == 2 && queue_unfinished(&c) == 1,
	    "%s: counts: three tasks put, two finished", b->name);
	tap_ok(!c.closed && c.terminated == 0 && c.most_ready == 0 && c.consumers == 0,
	    "%s: counts: open, without a limit and pools", b->name);
	queue_terminate(q);
	tap_ok(queue_terminate(q) == QUEUE_YES && queue_counts(q, &c) == QUEUE_YES && c.terminated == 2,
	    "%s: terminate: is counted", b->name);
	tap_ok(queue_register_pool(q, 4) == QUEUE_YES && queue_counts(q, &c) == QUEUE_YES && c.consumers == 1 &&
		c.slots == 4,
	    "%s: register_pool: a pool with its slots", b->name);
	queue_free(q);
}

static void
test_priority(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	static const struct {
		const char *text;
		int priority;
	} tasks[] = { { "a", 0 }, { "b", -1 }, { "c", 5 }, { "d", 0 }, { "e", 5 }, { "f", INT_MAX }, { "g", INT_MIN } };

	for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
		struct queue_put p = a_put(tasks[i].text);

		p.priority = tasks[i].priority;
		put_it(q, p);
	}
	tap_ok(see(q, 3).priority == 5, "%s: look: the priority", b->name);
	tap_ok(drains(q, "f c e a d b g "), "%s: claim: by priority, then by id", b->name);
	tap_ok(HAS(q, 0), "%s: claim: leaves nothing", b->name);
	queue_free(q);
}

static void
test_delay(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put soon = a_put("soon"), never = a_put("never");
	struct queue_task t;
	size_t count;

	never.after_ns = 1000 * NS_PER_S;
	tap_ok(put_it(q, never) == 1 && HAS(q, DELAYED(1)), "%s: put: a delayed task is not ready", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_NO, "%s: claim: no delayed task", b->name);
	tap_ok(queue_close(q) == QUEUE_YES && queue_claim(q, 1, &t, &count) == QUEUE_NO,
	    "%s: close: a delayed task is not drained", b->name);
	queue_reopen(q);
	soon.after_ns = 1;
	tap_ok(put_it(q, soon) == 2 && drains(q, "soon ") && HAS(q, DELAYED(1)),
	    "%s: claim: a delayed task when its time has come", b->name);
	soon.after_ns = NS_PER_S / 2;
	tap_ok(put_it(q, soon) == 3 && queue_recheck_ns(q) <= NS_PER_S / 2, "%s: recheck_ns: when the next delay ends",
	    b->name);
	never.after_ns = INT64_MAX;
	tap_ok(put_it(q, never) == 4 && HAS(q, DELAYED(3)), "%s: put: the longest delay", b->name);
	queue_free(q);
}

static void
test_key(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put p = a_put("a"), both[2];
	uint64_t ids[2], id;
	size_t done;

	p.key = "k";
	both[0] = both[1] = p;
	tap_ok(put_it(q, p) + put_it(q, p) == 2 && HAS(q, READY(1)), "%s: key: one unfinished task for a key", b->name);
	tap_ok(strcmp(see(q, 1).key, "k") == 0, "%s: look: the key", b->name);
	id = begin_one(q);
	tap_ok(put_it(q, p) == 1 && HAS(q, RUNNING(1)), "%s: key: the same while the task is running", b->name);
	finish_as(q, id, OUTCOME_OK, 0, "");
	tap_ok(queue_put(q, both, 2, ids, &done) == QUEUE_YES && done == 2 && ids[0] == 2 && ids[1] == 2 &&
		HAS(q, READY(1), DONE(1)),
	    "%s: key: another task when the first is finished", b->name);
	tap_ok(drains(q, "a ") && put_it(q, p) == 3, "%s: key: another task when the first was taken", b->name);
	queue_free(q);
}

static void
test_full(const struct backend *b)
{
	struct queue_config two = usual;
	struct queue *q;
	struct queue_put three[] = { a_put("a"), a_put("b"), a_put("c") }, keyed = a_put("k"), late = a_put("l");
	struct queue_counts c;
	uint64_t ids[3];
	size_t done;

	two.most_ready = 2;
	q = b->make(&two);
	keyed.key = "k";
	late.after_ns = 1000 * NS_PER_S;
	tap_ok(put_it(q, keyed) == 1, "%s: put: one of two that fit", b->name);
	tap_ok(queue_put(q, three, 3, ids, &done) == QUEUE_NO && done == 1 && ids[0] == 2 && HAS(q, READY(2)),
	    "%s: put: as many as fit, and their number", b->name);
	tap_ok(queue_put(q, three, 3, ids, &done) == QUEUE_NO && done == 0 && HAS(q, READY(2)),
	    "%s: put: none into a full queue", b->name);
	tap_ok(put_it(q, keyed) == 1, "%s: key: a task that exists needs no space", b->name);
	tap_ok(begin_one(q) == 1 && HAS(q, READY(1), RUNNING(1)), "%s: claim: frees space", b->name);
	tap_ok(put_it(q, late) != 0 && put_text(q, "no") == 0 && HAS(q, READY(1), RUNNING(1), DELAYED(1)),
	    "%s: put: a delayed task needs space", b->name);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.most_ready == 2, "%s: counts: the limit", b->name);
	queue_free(q);
}

static void
test_reopened(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put p = a_put("a");
	struct queue_counts c;
	struct queue_task t;
	uint64_t id;
	size_t done = 1, count;

	queue_close(q);
	tap_ok(queue_close(q) == QUEUE_YES, "%s: close: twice", b->name);
	tap_ok(queue_put(q, &p, 1, &id, &done) == QUEUE_CLOSED && done == 0 && HAS(q, 0),
	    "%s: put: nothing into a closed queue", b->name);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.closed, "%s: counts: closed", b->name);
	tap_ok(queue_reopen(q) == QUEUE_YES && put_text(q, "a") == 1, "%s: reopen: tasks can be put", b->name);
	tap_ok(queue_close(q) == QUEUE_YES && begin_one(q) == 1, "%s: close: with a running task", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_NO,
	    "%s: claim: a running task may come back, so the queue is not drained", b->name);
	tap_ok(finish_as(q, 1, OUTCOME_FAIL, 256, "") == QUEUE_YES && queue_claim(q, 1, &t, &count) == QUEUE_CLOSED,
	    "%s: claim: closed when that task is finished", b->name);
	queue_free(q);
}

static void
test_lease(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_task t;
	size_t count = 0;

	put_text(q, "a");
	tap_ok(queue_lease(q, 1000 * NS_PER_S, 1, &t, &count) == QUEUE_YES && count == 1 && t.lease_id != 0 &&
		HAS(q, LEASED(1)),
	    "%s: lease: a task", b->name);
	tap_ok(queue_done(q, t.id, t.lease_id + 1) == QUEUE_LOST &&
		queue_fail(q, t.id + 1, t.lease_id, "no") == QUEUE_LOST &&
		queue_touch(q, t.id, t.lease_id + 1, 1) == QUEUE_LOST && HAS(q, LEASED(1)),
	    "%s: lease: lost without the right id and lease id", b->name);
	tap_ok(queue_touch(q, t.id, t.lease_id, 2000 * NS_PER_S) == QUEUE_YES && HAS(q, LEASED(1)),
	    "%s: touch: extends the lease", b->name);
	tap_ok(queue_done(q, t.id, t.lease_id) == QUEUE_YES && HAS(q, 0), "%s: done: removes the task", b->name);
	tap_ok(queue_done(q, t.id, t.lease_id) == QUEUE_LOST, "%s: done: once", b->name);
	queue_task_free(&t);
	queue_free(q);
}

static void
test_lost_lease(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_task t, u;
	struct seen s;
	size_t count = 0;

	put_text(q, "a");
	tap_ok(queue_lease(q, 1, 1, &t, &count) == QUEUE_YES && t.attempt == 1, "%s: lease: for a nanosecond", b->name);
	tap_ok(queue_touch(q, t.id, t.lease_id, NS_PER_S) == QUEUE_LOST &&
		queue_done(q, t.id, t.lease_id) == QUEUE_LOST && queue_fail(q, t.id, t.lease_id, "no") == QUEUE_LOST,
	    "%s: lease: lost when it expires", b->name);
	tap_ok(HAS(q, READY(1)), "%s: lease: then the task is ready", b->name);
	s = see(q, t.id);
	tap_ok(s.any && s.attempts == 1 && strcmp(s.error, "its lease ran out") == 0, "%s: lease: expiry is an attempt",
	    b->name);
	tap_ok(queue_lease(q, 1000 * NS_PER_S, 1, &u, &count) == QUEUE_YES && u.id == t.id &&
		u.lease_id != t.lease_id && u.attempt == 2,
	    "%s: lease: another one of the same task", b->name);
	tap_ok(
	    queue_done(q, t.id, t.lease_id) == QUEUE_LOST && queue_done(q, u.id, u.lease_id) == QUEUE_YES && HAS(q, 0),
	    "%s: done: only with the newer lease", b->name);
	queue_task_free(&t);
	queue_task_free(&u);
	queue_free(q);
}

static void
test_dead(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_counts c;
	struct queue_task t;
	uint64_t count = 9, ids[] = { 7, 1 };
	struct seen s;
	size_t taken;

	put_text(q, "a");
	tap_ok(fail_to_death(q, "why") == 3 && HAS(q, DEAD(1)), "%s: fail: dead after three attempts", b->name);
	s = see(q, 1);
	tap_ok(s.state == QUEUE_DEAD && s.attempts == 3 && strcmp(s.error, "why") == 0 && strcmp(s.bytes, "a") == 0,
	    "%s: look: a dead task and its error", b->name);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.finished == 0 && queue_unfinished(&c) == 0,
	    "%s: counts: a dead task is neither finished nor unfinished", b->name);
	tap_ok(queue_retry(q, ids, 2, &count, NULL, NULL) == QUEUE_YES && count == 1 && HAS(q, READY(1)),
	    "%s: retry: a dead task is ready", b->name);
	tap_ok(queue_retry(q, ids, 2, &count, NULL, NULL) == QUEUE_YES && count == 0 && HAS(q, READY(1)),
	    "%s: retry: once", b->name);
	tap_ok(
	    queue_claim(q, 1, &t, &taken) == QUEUE_YES && t.attempt == 1, "%s: retry: all attempts are left", b->name);
	queue_release(q, &t, 1);
	queue_task_free(&t);
	put_text(q, "b");
	tap_ok(fail_to_death(q, NULL) == 6 && HAS(q, DEAD(2)), "%s: fail: dead again", b->name);
	tap_ok(strcmp(see(q, 2).error, "") == 0, "%s: fail: without an error text", b->name);
	tap_ok(queue_retry(q, NULL, 0, &count, NULL, NULL) == QUEUE_YES && count == 2 && HAS(q, READY(2)),
	    "%s: retry: all dead tasks", b->name);
	queue_free(q);
}

/* A queue_unchanged_fn; arg: uint64_t, the last id. */
static void
note_unchanged(void *arg, uint64_t id, const char *why)
{
	*(uint64_t *)arg = strstr(why, "its key is used") == why ? id : 0;
}

/* A key has at most one unfinished task, also after a retry. */
static void
test_retry_key(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put p = a_put("a");
	uint64_t count = 9, unchanged = 0;

	p.key = "k";
	tap_ok(put_it(q, p) == 1 && fail_to_death(q, NULL) == 3 && put_it(q, p) == 2 && put_text(q, "b") == 3,
	    "%s: key: one task of a key is dead, another one ready", b->name);
	tap_ok(queue_purge(q, -1, (const uint64_t[]){ 3 }, 1, &count) == QUEUE_YES && count == 1 &&
		HAS(q, READY(1), DEAD(1)),
	    "%s: purge: a task without a key", b->name);
	tap_ok(queue_retry(q, NULL, 0, &count, note_unchanged, &unchanged) == QUEUE_YES && count == 0 &&
		HAS(q, READY(1), DEAD(1)) && unchanged == 1,
	    "%s: retry: not while the key is another task's", b->name);
	unchanged = 0;
	tap_ok(queue_retry(q, (const uint64_t[]){ 1 }, 1, &count, note_unchanged, &unchanged) == QUEUE_YES &&
		count == 0 && unchanged == 1,
	    "%s: retry: nor if it is named", b->name);
	tap_ok(drains(q, "a ") && queue_retry(q, NULL, 0, &count, NULL, NULL) == QUEUE_YES && count == 1 &&
		HAS(q, READY(1)),
	    "%s: retry: when the other task is gone", b->name);
	queue_free(q);
}

static void
test_result(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_result r = { .out_fd = -1, .err_fd = -1 };
	struct seen s;
	uint64_t id, count;

	put_text(q, "a");
	put_text(q, "b");
	tap_ok(queue_result(q, 1, &r) == QUEUE_NO && queue_result(q, 9, &r) == QUEUE_NO,
	    "%s: result: none before the task is finished, or of an unknown id", b->name);
	id = begin_one(q);
	tap_ok(see(q, id).state == QUEUE_RUNNING && see(q, id).pid == getpid(), "%s: look: a running task and its pool",
	    b->name);
	tap_ok(finish_as(q, id, OUTCOME_FAIL, 3 << 8, "some\nout") == QUEUE_YES && HAS(q, READY(1), FAILED(1)),
	    "%s: finish: a job that failed", b->name);
	tap_ok(queue_result(q, id, &r) == QUEUE_YES && r.wstatus == 3 << 8 && r.outcome == OUTCOME_FAIL &&
		buf_is(&r.record, "a record") && buf_is(&r.out, "some\nout") && r.err.len == 0 && r.out_fd == -1 &&
		r.err_fd == -1 && r.id == id,
	    "%s: result: all of it", b->name);
	queue_result_free(&r);
	s = see(q, id);
	tap_ok(s.state == QUEUE_FAILED && s.attempts == 1 && s.error[0] != '\0',
	    "%s: look: a failed task and its error", b->name);
	tap_ok(begin_one(q) == 2 && finish_as(q, 2, OUTCOME_OK, 0, "") == QUEUE_YES && HAS(q, DONE(1), FAILED(1)) &&
		see(q, 2).error[0] == '\0',
	    "%s: finish: a job that exited 0 leaves no error", b->name);
	tap_ok(queue_retry(q, &id, 1, &count, NULL, NULL) == QUEUE_YES && count == 1 && HAS(q, READY(1), DONE(1)),
	    "%s: retry: a failed task", b->name);
	tap_ok(queue_result(q, id, &r) == QUEUE_NO, "%s: retry: removes the result", b->name);
	queue_free(q);
}

static void
test_stray_result(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_result r;

	put_text(q, "a");
	put_text(q, "b");
	finish_as(q, begin_one(q), OUTCOME_OK, 0, "first");
	tap_ok(finish_as(q, 1, OUTCOME_FAIL, 256, "second") == QUEUE_YES &&
		finish_as(q, 2, OUTCOME_OK, 0, "") == QUEUE_YES && finish_as(q, 77, OUTCOME_OK, 0, "") == QUEUE_YES &&
		HAS(q, READY(1), DONE(1)),
	    "%s: finish: ignores tasks that are not running", b->name);
	tap_ok(queue_result(q, 1, &r) == QUEUE_YES && r.outcome == OUTCOME_OK && buf_is(&r.out, "first"),
	    "%s: finish: does not replace a result", b->name);
	queue_result_free(&r);
	tap_ok(queue_result(q, 2, &r) == QUEUE_NO && queue_result(q, 77, &r) == QUEUE_NO,
	    "%s: finish: adds no result to other tasks", b->name);
	queue_free(q);
}

static void
test_keep(const struct backend *b)
{
	struct queue_config two = usual;
	struct queue_result r;
	struct queue_counts c;
	struct queue *q;
	uint64_t id;

	two.keep_tasks = 2;
	q = b->make(&two);
	for (int i = 1; i <= 4; i++) {
		put_text(q, "a");
		id = begin_one(q);
		/* So that no two finish in the same microsecond. */
		for (int64_t now = clock_wall_us(); clock_wall_us() == now;)
			continue;
		finish_as(q, id, i % 2 != 0 ? OUTCOME_OK : OUTCOME_FAIL, 0, "out");
	}
	tap_ok(HAS(q, DONE(1), FAILED(1)), "%s: keep: two of four tasks", b->name);
	tap_ok(!see(q, 1).any && !see(q, 2).any && queue_result(q, 2, &r) == QUEUE_NO, "%s: keep: not the oldest",
	    b->name);
	tap_ok(see(q, 3).any && queue_result(q, 4, &r) == QUEUE_YES && buf_is(&r.out, "out"),
	    "%s: keep: the newest, with their results", b->name);
	queue_result_free(&r);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.finished == 4, "%s: counts: finished tasks that are not kept",
	    b->name);
	queue_free(q);
	two.keep_tasks = 0;
	q = b->make(&two);
	put_text(q, "a");
	id = begin_one(q);
	tap_ok(finish_as(q, id, OUTCOME_OK, 0, "") == QUEUE_YES && HAS(q, 0) && !see(q, id).any, "%s: keep: nothing",
	    b->name);
	queue_free(q);
}

static void
test_purge(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put late = a_put("late");
	struct queue_task t;
	uint64_t count = 9, ids[] = { 1, 2, 5, 77 };
	size_t leased;

	late.after_ns = 1000 * NS_PER_S;
	for (int i = 0; i < 5; i++)
		put_text(q, "a");
	put_it(q, late);
	begin_one(q);
	queue_lease(q, 1000 * NS_PER_S, 1, &t, &leased);
	queue_task_free(&t);
	finish_as(q, begin_one(q), OUTCOME_OK, 0, "");
	tap_ok(
	    HAS(q, READY(2), DELAYED(1), RUNNING(1), LEASED(1), DONE(1)), "%s: purge: tasks in five states", b->name);
	tap_ok(queue_purge(q, -1, ids, 4, &count) == QUEUE_YES && count == 1 &&
		HAS(q, READY(1), DELAYED(1), RUNNING(1), LEASED(1), DONE(1)),
	    "%s: purge: of three ids only the one that is ready", b->name);
	tap_ok(queue_purge(q, QUEUE_DONE, NULL, 0, &count) == QUEUE_YES && count == 1 &&
		HAS(q, READY(1), DELAYED(1), RUNNING(1), LEASED(1)),
	    "%s: purge: by state", b->name);
	tap_ok(queue_purge(q, QUEUE_LEASED, NULL, 0, &count) == QUEUE_YES && count == 0, "%s: purge: no leased task",
	    b->name);
	tap_ok(queue_purge(q, -1, NULL, 0, &count) == QUEUE_YES && count == 2 && HAS(q, RUNNING(1), LEASED(1)),
	    "%s: purge: all except running and leased tasks", b->name);
	tap_ok(finish_as(q, 1, OUTCOME_OK, 0, "") == QUEUE_YES && HAS(q, LEASED(1), DONE(1)),
	    "%s: purge: a running task goes on", b->name);
	queue_free(q);
}

struct listing {
	uint64_t count, last, most;
	size_t bytes;
	bool ascending;
};

static bool
follow(void *arg, const struct queue_info *info)
{
	struct listing *l = arg;

	l->ascending = l->ascending && info->id > l->last;
	l->last = info->id;
	l->bytes += info->len;
	return ++l->count != l->most;
}

static void
test_list(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct listing l = { .ascending = true };
	uint64_t count;

	tap_ok(put_many(q, 1500, 3) && HAS(q, READY(1500)), "%s: list: more tasks than a page", b->name);
	tap_ok(queue_list(q, -1, follow, &l) == QUEUE_YES && l.count == 1500 && l.ascending && l.last == 1500,
	    "%s: list: each task once, in order", b->name);
	l = (struct listing){ .ascending = true, .most = 700 };
	tap_ok(queue_list(q, QUEUE_READY, follow, &l) == QUEUE_YES && l.count == 700,
	    "%s: list: ends when the caller has enough", b->name);
	queue_purge(q, -1, NULL, 0, &count);
	tap_ok(
	    count == 1500 && put_many(q, 9, 500000) && HAS(q, READY(9)), "%s: list: more bytes than a page", b->name);
	l = (struct listing){ .ascending = true };
	tap_ok(queue_list(q, QUEUE_READY, follow, &l) == QUEUE_YES && l.count == 9 && l.ascending && l.bytes == 4500000,
	    "%s: list: all of them", b->name);
	tap_ok(queue_list(q, QUEUE_DEAD, follow, &l) == QUEUE_YES && l.count == 9, "%s: list: none in another state",
	    b->name);
	queue_free(q);
}

static void
test_hostile(const struct backend *b)
{
	static const char bytes[] = "'); DROP TABLE task; --\n\0\377\376 \t";
	struct queue *q = b->make(&usual);
	struct queue_put p = { .bytes = bytes, .len = sizeof bytes, .key = "'; --\377" };
	struct queue_task t;
	size_t count;

	tap_ok(put_it(q, p) + put_it(q, p) == 2 && HAS(q, READY(1)), "%s: key: any bytes", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_YES && t.len == sizeof bytes &&
		memcmp(t.bytes, bytes, t.len) == 0 && t.bytes[t.len] == '\0',
	    "%s: task: any bytes, followed by a NUL", b->name);
	queue_task_free(&t);
	queue_free(q);
}

static void
test_large_result(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_result r = { .outcome = OUTCOME_OK, .out_fd = a_file(3 << 20, 'o'), .err_fd = -1 }, got;
	uint64_t count;

	put_text(q, "a");
	r.id = begin_one(q);
	buf_adds(&r.err, "small");
	tap_ok(queue_finish(q, &r, 1) == QUEUE_YES && HAS(q, DONE(1)), "%s: result: with a large output", b->name);
	queue_result_free(&r);
	tap_ok(queue_result(q, 1, &got) == QUEUE_YES && got.out.len == 0 && got.out_fd != -1 &&
		file_has(got.out_fd, 3 << 20, 'o') && buf_is(&got.err, "small") && got.err_fd == -1,
	    "%s: result: the large output is in a file", b->name);
	queue_result_free(&got);
	tap_ok(queue_purge(q, -1, NULL, 0, &count) == QUEUE_YES && count == 1 && queue_result(q, 1, &got) == QUEUE_NO,
	    "%s: purge: removes the result", b->name);
	queue_free(q);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void (*const tests[])(const struct backend *b) = { test_counts, test_priority, test_delay, test_key, test_full,
	test_reopened, test_lease, test_lost_lease, test_dead, test_retry_key, test_result, test_stray_result,
	test_keep, test_purge, test_list, test_hostile, test_large_result };

int
main(void)
{
	const struct backend *const backends[] = { &memory, &directory };

	if (!tap_ok(scratch_begin(), "a scratch directory"))
		return tap_done();
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		for (size_t n = 0; n < sizeof tests / sizeof tests[0]; n++)
			tests[n](backends[i]);
	scratch_end();
	return tap_done();
}
