/*
 * queue: the contract of every backend. Each test takes a backend that makes queues; those of `all` run over each of them, those of `keeping` over each
 * that keeps its tasks, and the last ones are about queue directories alone.
 *
 * After each step what a queue counts is what a list of it has.
 */
#include "queue/queue.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue-mem.h"
#include "tap.h"

enum { MOST = 16 };

struct backend {
	const char *name;
	bool keeps;
	struct queue *(*make)(const struct queue_config *config);
};

static const struct queue_config usual = { .max_attempts = 3, .keep_tasks = UINT64_MAX };
static char scratch[PATH_MAX], last_path[PATH_MAX + 32];
static unsigned made;

/* -- Backends ------------------------------------------------------------------------------------------------------ */

static const char *
new_path(void)
{
	snprintf(last_path, sizeof last_path, "%s/%u", scratch, ++made);
	return last_path;
}

static struct queue *
open_again(void)
{
	char problem[512] = "";
	struct queue *q = queue_open(last_path, problem, sizeof problem);

	if (q == NULL) {
		printf("Bail out! %s: %s\n", last_path, problem);
		exit(1);
	}
	return q;
}

static struct queue *
make_directory(const struct queue_config *config)
{
	char problem[512] = "";

	if (queue_create(new_path(), config, false, problem, sizeof problem) != QUEUE_YES)
		printf("# %s: %s\n", last_path, problem);
	return open_again();
}

static struct queue *
make_pipe(const struct queue_config *config)
{
	(void)config;
	if (mkfifo(new_path(), 0600) == -1)
		printf("# %s: not made\n", last_path);
	return open_again();
}

static const struct backend memory = { "memory", true, queue_mem_new },
			    directory = { "directory", true, make_directory },
			    named_pipe = { "pipe", false, make_pipe };

/* -- What the tests share ------------------------------------------------------------------------------------------ */

static struct queue_put
a_put(const char *text)
{
	return (struct queue_put){ .bytes = text, .len = strlen(text) };
}

/* Its id; 0: it was not put. */
static uint64_t
put_it(struct queue *q, struct queue_put p)
{
	uint64_t id = 0;
	size_t done = 0;

	return queue_put(q, &p, 1, &id, &done) == QUEUE_YES && done == 1 ? id : 0;
}

static uint64_t
put_text(struct queue *q, const char *text)
{
	return put_it(q, a_put(text));
}

static void
free_tasks(struct queue_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		queue_task_free(&tasks[i]);
}

/* Claims all that are there, at most MOST; what they say, each with a blank behind it. */
static const char *
claim_all(struct queue *q, struct queue_task *tasks, size_t *count)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	if (queue_claim(q, MOST, tasks, count) != QUEUE_YES)
		*count = 0;
	for (size_t i = 0; i < *count; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s ", tasks[i].bytes);
	return text;
}

/* Are these all that are there, in that order? They are taken. */
static bool
drains(struct queue *q, const char *wanted)
{
	struct queue_task tasks[MOST];
	size_t count;
	bool same = strcmp(claim_all(q, tasks, &count), wanted) == 0;

	if (!same)
		printf("# not '%s' but '%s'\n", wanted, claim_all(q, tasks, &count));
	same = same && queue_drop(q, tasks, count) == QUEUE_YES;
	free_tasks(tasks, count);
	return same;
}

static bool
recount(void *arg, const struct queue_info *info)
{
	uint64_t *of = arg;

	of[info->state]++;
	return true;
}

/* Has it so many of each state, by its counts, by a list of all, and by a list of each state? */
static bool
has(struct queue *q, struct queue_counts wanted)
{
	uint64_t all[QUEUE_STATES] = { 0 }, each[QUEUE_STATES] = { 0 };
	struct queue_counts c;
	bool same = queue_counts(q, &c) == QUEUE_YES && queue_list(q, -1, recount, all) == QUEUE_YES;

	for (int i = 0; i < QUEUE_STATES; i++) {
		same = queue_list(q, i, recount, each) == QUEUE_YES && same;
		same = same && c.of[i] == wanted.of[i] && all[i] == wanted.of[i] && each[i] == wanted.of[i];
		if (!same)
			printf("# %s: wanted %ju, counted %ju, listed %ju and %ju\n",
			    queue_state_name((enum queue_state)i), (uintmax_t)wanted.of[i], (uintmax_t)c.of[i],
			    (uintmax_t)all[i], (uintmax_t)each[i]);
	}
	return same;
}

#define HAS(q, ...) has(q, (struct queue_counts){ .of = { __VA_ARGS__ } })
#define READY(n) [QUEUE_READY] = (n)
#define DELAYED(n) [QUEUE_DELAYED] = (n)
#define RUNNING(n) [QUEUE_RUNNING] = (n)
#define HELD(n) [QUEUE_LEASED] = (n)
#define DONE(n) [QUEUE_DONE] = (n)
#define FAILED(n) [QUEUE_FAILED] = (n)
#define DEAD(n) [QUEUE_DEAD] = (n)

/* What look says of a task, copied. */
struct seen {
	bool any;
	enum queue_state state;
	unsigned attempts;
	char error[64], bytes[64], key[64];
	int priority;
	pid_t pid;
};

static bool
note(void *arg, const struct queue_info *info)
{
	struct seen *s = arg;

	*s = (struct seen){ .any = true,
		.state = info->state,
		.attempts = info->attempts,
		.priority = info->priority,
		.pid = info->pid };
	snprintf(s->error, sizeof s->error, "%s", info->error != NULL ? info->error : "");
	snprintf(s->key, sizeof s->key, "%s", info->key != NULL ? info->key : "");
	snprintf(s->bytes, sizeof s->bytes, "%.*s", (int)info->len, info->bytes);
	return true;
}

static struct seen
see(struct queue *q, uint64_t id)
{
	struct seen s = { 0 };

	if (queue_look(q, id, note, &s) != QUEUE_YES)
		s.any = false;
	return s;
}

/* Claims one and says it is begun, without an end. Its id; 0: none. */
static uint64_t
begin_one(struct queue *q)
{
	struct queue_task t;
	size_t count;

	if (queue_claim(q, 1, &t, &count) != QUEUE_YES)
		return 0;
	queue_begin(q, t.id);
	queue_task_free(&t);
	return t.id;
}

static enum queue_answer
finish_as(struct queue *q, uint64_t id, enum outcome outcome, int wstatus, const char *out)
{
	struct queue_result r = { .id = id, .outcome = outcome, .wstatus = wstatus, .out_fd = -1, .err_fd = -1 };
	enum queue_answer answer;

	buf_adds(&r.record, "a record");
	buf_adds(&r.out, out);
	answer = queue_finish(q, &r, 1);
	queue_result_free(&r);
	return answer;
}

static bool
buf_is(const struct buf *b, const char *text)
{
	return b->len == strlen(text) && (b->len == 0 || memcmp(b->data, text, b->len) == 0);
}

/* -- What all can do ----------------------------------------------------------------------------------------------- */

static void
test_order(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put three[] = { a_put("a"), a_put("b c"), a_put("") };
	uint64_t ids[3];
	size_t done = 0, count = 1;
	struct queue_task t;

	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0, "%s: a queue", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_NO && count == 0, "%s: empty, it gives none", b->name);
	tap_ok(queue_empty(q) == QUEUE_YES, "%s: it says so", b->name);
	tap_ok(queue_put(q, three, 3, ids, &done) == QUEUE_YES && done == 3, "%s: three are put", b->name);
	tap_ok(queue_empty(q) == QUEUE_NO, "%s: it is empty no more", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_YES && count == 1 && strcmp(t.bytes, "a") == 0 && t.len == 1 &&
		t.attempt == 1 && t.lease_id == 0 && t.id != 0,
	    "%s: the first comes first", b->name);
	tap_ok(queue_release(q, &t, 1) == QUEUE_YES, "%s: it is released", b->name);
	queue_task_free(&t);
	/* Where to a pipe puts it back is not where it was. */
	tap_ok(drains(q, b->keeps ? "a b c  " : "b c  a "), "%s: and comes again, and the others, in their order",
	    b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_NO && count == 0, "%s: and no more", b->name);
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
	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0 && queue_put(q, many, 5, ids, &done) == QUEUE_YES, "%s: five",
	    b->name);
	tap_ok(queue_claim(q, 3, tasks, &count) == QUEUE_YES && count == 3, "%s: as many are claimed as were asked for",
	    b->name);
	tap_ok(tasks[0].id != tasks[1].id && tasks[1].id != tasks[2].id, "%s: each is another", b->name);
	tap_ok(queue_drop(q, tasks, 3) == QUEUE_YES, "%s: and dropped", b->name);
	free_tasks(tasks, count);
	tap_ok(drains(q, "x x "), "%s: the others are left", b->name);
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
	tap_ok(queue_close(q) == QUEUE_YES, "%s: closed", b->name);
	tap_ok(drains(q, "a "), "%s: what was there can be taken", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_CLOSED && count == 0, "%s: and then it is closed", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_CLOSED && count == 0, "%s: and stays so", b->name);
	queue_free(q);
}

static void
test_waiting(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	int64_t soon = clock_mono_ns() - 1;

	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0, "%s: listens", b->name);
	tap_ok(!queue_wait(q, soon), "%s: a deadline that is over is told", b->name);
	tap_ok(queue_recheck_ns(q) > 0 && queue_recheck_ns(q) <= NS_PER_S, "%s: looks again within a second", b->name);
	queue_free(q);
}

static void
test_serving(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	uint64_t id;

	tap_ok(queue_listen(q, QUEUE_NOTIFY_TASKS) == 0 && queue_register_pool(q, 2) == QUEUE_YES, "%s: a pool of it",
	    b->name);
	put_text(q, "a");
	id = begin_one(q);
	tap_ok(id != 0 && finish_as(q, id, OUTCOME_OK, 0, "out") == QUEUE_YES, "%s: runs a task", b->name);
	tap_ok(queue_close(q) == QUEUE_YES && begin_one(q) == 0, "%s: and there is no more", b->name);
	queue_free(q);
}

/* What a backend cannot do it says in words, and does not do. */
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
	    "%s: all of a put, or none", b->name);
	tap_ok((queue_empty(q) == QUEUE_NO) == b->keeps, "%s: and so it is", b->name);
	tap_ok((queue_lease(q, NS_PER_S, 1, &t, &done) == QUEUE_ERROR) != b->keeps, "%s: leases", b->name);
	if (b->keeps)
		queue_task_free(&t);
	tap_ok((queue_counts(q, &c) == QUEUE_ERROR) != b->keeps &&
		(queue_list(q, -1, recount, (uint64_t[QUEUE_STATES]){ 0 }) == QUEUE_ERROR) != b->keeps,
	    "%s: counts and lists", b->name);
	tap_ok((queue_result(q, 1, &r) == QUEUE_ERROR) != b->keeps && r.out_fd == -1, "%s: results", b->name);
	tap_ok((queue_retry(q, NULL, 0, &count) == QUEUE_ERROR) != b->keeps && count == 0, "%s: retries", b->name);
	tap_ok((queue_terminate(q) == QUEUE_ERROR) != b->keeps, "%s: ends its pools", b->name);
	tap_ok((queue_reopen(q) == QUEUE_ERROR) != b->keeps && (queue_problem(q)[0] == '\0') == b->keeps,
	    "%s: opens again", b->name);
	queue_free(q);
}

/* -- What those can do that keep their tasks ----------------------------------------------------------------------- */

static void
test_counts(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_counts c;
	struct queue_task tasks[MOST];
	size_t count;

	tap_ok(HAS(q, 0), "%s: a new one has nothing", b->name);
	tap_ok(put_text(q, "a") == 1 && put_text(q, "b") == 2 && put_text(q, "c") == 3 && HAS(q, READY(3)),
	    "%s: ids are from 1", b->name);
	tap_ok(
	    strcmp(claim_all(q, tasks, &count), "a b c ") == 0 && HAS(q, RUNNING(3)), "%s: claimed, they run", b->name);
	tap_ok(queue_drop(q, tasks, 1) == QUEUE_YES && HAS(q, RUNNING(2)), "%s: one is dropped", b->name);
	tap_ok(
	    queue_release(q, tasks + 1, 1) == QUEUE_YES && HAS(q, RUNNING(1), READY(1)), "%s: one released", b->name);
	tap_ok(finish_as(q, tasks[2].id, OUTCOME_OK, 0, "") == QUEUE_YES && HAS(q, READY(1), DONE(1)),
	    "%s: one finished", b->name);
	free_tasks(tasks, count);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.put == 3 && c.finished == 2 && queue_unfinished(&c) == 1,
	    "%s: three put, two over", b->name);
	tap_ok(!c.closed && c.terminated == 0 && c.most_ready == 0 && c.consumers == 0,
	    "%s: open, without a bound, and served by none", b->name);
	queue_terminate(q);
	tap_ok(queue_terminate(q) == QUEUE_YES && queue_counts(q, &c) == QUEUE_YES && c.terminated == 2,
	    "%s: terminated twice", b->name);
	tap_ok(queue_register_pool(q, 4) == QUEUE_YES && queue_counts(q, &c) == QUEUE_YES && c.consumers == 1 &&
		c.slots == 4,
	    "%s: served", b->name);
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
	tap_ok(see(q, 3).priority == 5, "%s: a priority is told", b->name);
	tap_ok(drains(q, "f c e a d b g "), "%s: a higher priority goes first, then who came first", b->name);
	tap_ok(HAS(q, 0), "%s: and nothing is left", b->name);
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
	tap_ok(put_it(q, never) == 1 && HAS(q, DELAYED(1)), "%s: a delayed one is not ready", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_NO, "%s: and not given out", b->name);
	tap_ok(queue_close(q) == QUEUE_YES && queue_claim(q, 1, &t, &count) == QUEUE_NO,
	    "%s: nor is a closed queue drained with it", b->name);
	queue_reopen(q);
	soon.after_ns = 1;
	tap_ok(put_it(q, soon) == 2 && drains(q, "soon ") && HAS(q, DELAYED(1)), "%s: one whose time has come is",
	    b->name);
	soon.after_ns = NS_PER_S / 2;
	tap_ok(put_it(q, soon) == 3 && queue_recheck_ns(q) <= NS_PER_S / 2, "%s: it is looked for when it is time",
	    b->name);
	never.after_ns = INT64_MAX;
	tap_ok(put_it(q, never) == 4 && HAS(q, DELAYED(3)), "%s: the longest delay is one", b->name);
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
	tap_ok(put_it(q, p) + put_it(q, p) == 2 && HAS(q, READY(1)), "%s: of a key there is one", b->name);
	tap_ok(strcmp(see(q, 1).key, "k") == 0, "%s: the key is told", b->name);
	id = begin_one(q);
	tap_ok(put_it(q, p) == 1 && HAS(q, RUNNING(1)), "%s: also while it runs", b->name);
	finish_as(q, id, OUTCOME_OK, 0, "");
	tap_ok(queue_put(q, both, 2, ids, &done) == QUEUE_YES && done == 2 && ids[0] == 2 && ids[1] == 2 &&
		HAS(q, READY(1), DONE(1)),
	    "%s: when it is over there may be another", b->name);
	tap_ok(drains(q, "a ") && put_it(q, p) == 3, "%s: also when it was taken", b->name);
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
	tap_ok(put_it(q, keyed) == 1, "%s: one of two", b->name);
	tap_ok(queue_put(q, three, 3, ids, &done) == QUEUE_NO && done == 1 && ids[0] == 2 && HAS(q, READY(2)),
	    "%s: a part is put, and told", b->name);
	tap_ok(queue_put(q, three, 3, ids, &done) == QUEUE_NO && done == 0 && HAS(q, READY(2)), "%s: full", b->name);
	tap_ok(put_it(q, keyed) == 1, "%s: what is there already needs no room", b->name);
	tap_ok(begin_one(q) == 1 && HAS(q, READY(1), RUNNING(1)), "%s: one is taken", b->name);
	tap_ok(put_it(q, late) != 0 && put_text(q, "no") == 0 && HAS(q, READY(1), RUNNING(1), DELAYED(1)),
	    "%s: a delayed one takes room", b->name);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.most_ready == 2, "%s: the bound is told", b->name);
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
	tap_ok(queue_close(q) == QUEUE_YES, "%s: closed twice", b->name);
	tap_ok(queue_put(q, &p, 1, &id, &done) == QUEUE_CLOSED && done == 0 && HAS(q, 0), "%s: nothing can be put",
	    b->name);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.closed, "%s: it says so", b->name);
	tap_ok(queue_reopen(q) == QUEUE_YES && put_text(q, "a") == 1, "%s: open again", b->name);
	tap_ok(queue_close(q) == QUEUE_YES && begin_one(q) == 1, "%s: closed, with a task that runs", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_NO, "%s: it may come back, so it is not drained", b->name);
	tap_ok(finish_as(q, 1, OUTCOME_FAIL, 256, "") == QUEUE_YES && queue_claim(q, 1, &t, &count) == QUEUE_CLOSED,
	    "%s: but then it is", b->name);
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
		HAS(q, HELD(1)),
	    "%s: held", b->name);
	tap_ok(queue_done(q, t.id, t.lease_id + 1) == QUEUE_LOST &&
		queue_fail(q, t.id + 1, t.lease_id, "no") == QUEUE_LOST &&
		queue_touch(q, t.id, t.lease_id + 1, 1) == QUEUE_LOST && HAS(q, HELD(1)),
	    "%s: by who knows the token", b->name);
	tap_ok(
	    queue_touch(q, t.id, t.lease_id, 2000 * NS_PER_S) == QUEUE_YES && HAS(q, HELD(1)), "%s: renewed", b->name);
	tap_ok(queue_done(q, t.id, t.lease_id) == QUEUE_YES && HAS(q, 0), "%s: done, it is gone", b->name);
	tap_ok(queue_done(q, t.id, t.lease_id) == QUEUE_LOST, "%s: but once", b->name);
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
	tap_ok(queue_lease(q, 1, 1, &t, &count) == QUEUE_YES && t.attempt == 1, "%s: held for a moment", b->name);
	tap_ok(queue_touch(q, t.id, t.lease_id, NS_PER_S) == QUEUE_LOST &&
		queue_done(q, t.id, t.lease_id) == QUEUE_LOST && queue_fail(q, t.id, t.lease_id, "no") == QUEUE_LOST,
	    "%s: it is lost", b->name);
	tap_ok(HAS(q, READY(1)), "%s: and ready again", b->name);
	s = see(q, t.id);
	tap_ok(
	    s.any && s.attempts == 1 && strcmp(s.error, "its lease ran out") == 0, "%s: which was an attempt", b->name);
	tap_ok(queue_lease(q, 1000 * NS_PER_S, 1, &u, &count) == QUEUE_YES && u.id == t.id &&
		u.lease_id != t.lease_id && u.attempt == 2,
	    "%s: it is another's", b->name);
	tap_ok(
	    queue_done(q, t.id, t.lease_id) == QUEUE_LOST && queue_done(q, u.id, u.lease_id) == QUEUE_YES && HAS(q, 0),
	    "%s: who alone ends it", b->name);
	queue_task_free(&t);
	queue_task_free(&u);
	queue_free(q);
}

/* Fails it until it is dead; how often that was. */
static unsigned
fail_to_death(struct queue *q, const char *error)
{
	struct queue_task t;
	size_t count;
	unsigned times = 0;

	while (queue_lease(q, 1000 * NS_PER_S, 1, &t, &count) == QUEUE_YES) {
		times++;
		queue_fail(q, t.id, t.lease_id, error);
		queue_task_free(&t);
	}
	return times;
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
	tap_ok(fail_to_death(q, "why") == 3 && HAS(q, DEAD(1)), "%s: after three attempts it is dead", b->name);
	s = see(q, 1);
	tap_ok(s.state == QUEUE_DEAD && s.attempts == 3 && strcmp(s.error, "why") == 0 && strcmp(s.bytes, "a") == 0,
	    "%s: and kept, with its error", b->name);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.finished == 0 && queue_unfinished(&c) == 0,
	    "%s: it is not over, nor waited for", b->name);
	tap_ok(queue_retry(q, ids, 2, &count) == QUEUE_YES && count == 1 && HAS(q, READY(1)),
	    "%s: retried, it is ready", b->name);
	tap_ok(queue_retry(q, ids, 2, &count) == QUEUE_YES && count == 0 && HAS(q, READY(1)), "%s: but once", b->name);
	tap_ok(queue_claim(q, 1, &t, &taken) == QUEUE_YES && t.attempt == 1, "%s: with all its attempts", b->name);
	queue_release(q, &t, 1);
	queue_task_free(&t);
	put_text(q, "b");
	tap_ok(fail_to_death(q, NULL) == 6 && HAS(q, DEAD(2)), "%s: and dies again, as another", b->name);
	tap_ok(strcmp(see(q, 2).error, "") == 0, "%s: an error need not be told", b->name);
	tap_ok(queue_retry(q, NULL, 0, &count) == QUEUE_YES && count == 2 && HAS(q, READY(2)),
	    "%s: all dead ones are retried", b->name);
	queue_free(q);
}

/* Of one key there is one unfinished task, also by retry. */
static void
test_retry_key(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put p = a_put("a");
	uint64_t count = 9;

	p.key = "k";
	tap_ok(put_it(q, p) == 1 && fail_to_death(q, NULL) == 3 && put_it(q, p) == 2 && put_text(q, "b") == 3,
	    "%s: one of a key is dead, another is not", b->name);
	tap_ok(queue_purge(q, -1, (const uint64_t[]){ 3 }, 1, &count) == QUEUE_YES && count == 1 &&
		HAS(q, READY(1), DEAD(1)),
	    "%s: one without a key goes", b->name);
	tap_ok(queue_retry(q, NULL, 0, &count) == QUEUE_YES && count == 0 && HAS(q, READY(1), DEAD(1)),
	    "%s: the dead one is not retried", b->name);
	tap_ok(drains(q, "a ") && queue_retry(q, NULL, 0, &count) == QUEUE_YES && count == 1 && HAS(q, READY(1)),
	    "%s: until the other is gone", b->name);
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
	    "%s: no result of what is not over, or not there", b->name);
	id = begin_one(q);
	tap_ok(see(q, id).state == QUEUE_RUNNING && see(q, id).pid == getpid(), "%s: it runs, and by whom", b->name);
	tap_ok(finish_as(q, id, OUTCOME_FAIL, 3 << 8, "some\nout") == QUEUE_YES && HAS(q, READY(1), FAILED(1)),
	    "%s: a job failed", b->name);
	tap_ok(queue_result(q, id, &r) == QUEUE_YES && r.wstatus == 3 << 8 && r.outcome == OUTCOME_FAIL &&
		buf_is(&r.record, "a record") && buf_is(&r.out, "some\nout") && r.err.len == 0 && r.out_fd == -1 &&
		r.err_fd == -1 && r.id == id,
	    "%s: its result is there, whole", b->name);
	queue_result_free(&r);
	s = see(q, id);
	tap_ok(
	    s.state == QUEUE_FAILED && s.attempts == 1 && s.error[0] != '\0', "%s: and the task is told of", b->name);
	tap_ok(begin_one(q) == 2 && finish_as(q, 2, OUTCOME_OK, 0, "") == QUEUE_YES && HAS(q, DONE(1), FAILED(1)) &&
		see(q, 2).error[0] == '\0',
	    "%s: another did not", b->name);
	tap_ok(queue_retry(q, &id, 1, &count) == QUEUE_YES && count == 1 && HAS(q, READY(1), DONE(1)),
	    "%s: a failed one is retried", b->name);
	tap_ok(queue_result(q, id, &r) == QUEUE_NO, "%s: and has no result then", b->name);
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
	    "%s: what does not run is not finished", b->name);
	tap_ok(queue_result(q, 1, &r) == QUEUE_YES && r.outcome == OUTCOME_OK && buf_is(&r.out, "first"),
	    "%s: nor has what is over another result", b->name);
	queue_result_free(&r);
	tap_ok(queue_result(q, 2, &r) == QUEUE_NO && queue_result(q, 77, &r) == QUEUE_NO,
	    "%s: nor what is not, or is not there, any", b->name);
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
		/* So that they are not over at the same microsecond. */
		for (int64_t now = clock_wall_us(); clock_wall_us() == now;)
			continue;
		finish_as(q, id, i % 2 != 0 ? OUTCOME_OK : OUTCOME_FAIL, 0, "out");
	}
	tap_ok(HAS(q, DONE(1), FAILED(1)), "%s: two of four are kept", b->name);
	tap_ok(!see(q, 1).any && !see(q, 2).any && queue_result(q, 2, &r) == QUEUE_NO, "%s: the first two are gone",
	    b->name);
	tap_ok(see(q, 3).any && queue_result(q, 4, &r) == QUEUE_YES && buf_is(&r.out, "out"),
	    "%s: the last two are there", b->name);
	queue_result_free(&r);
	tap_ok(queue_counts(q, &c) == QUEUE_YES && c.finished == 4, "%s: four are over", b->name);
	queue_free(q);
	two.keep_tasks = 0;
	q = b->make(&two);
	put_text(q, "a");
	id = begin_one(q);
	tap_ok(finish_as(q, id, OUTCOME_OK, 0, "") == QUEUE_YES && HAS(q, 0) && !see(q, id).any,
	    "%s: kept is none when none is to be", b->name);
	queue_free(q);
}

static void
test_purge(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct queue_put late = a_put("late");
	struct queue_task t;
	uint64_t count = 9, ids[] = { 1, 2, 5, 77 };
	size_t held;

	late.after_ns = 1000 * NS_PER_S;
	for (int i = 0; i < 5; i++)
		put_text(q, "a");
	put_it(q, late);
	begin_one(q);
	queue_lease(q, 1000 * NS_PER_S, 1, &t, &held);
	queue_task_free(&t);
	finish_as(q, begin_one(q), OUTCOME_OK, 0, "");
	tap_ok(HAS(q, READY(2), DELAYED(1), RUNNING(1), HELD(1), DONE(1)), "%s: one of each", b->name);
	tap_ok(queue_purge(q, -1, ids, 4, &count) == QUEUE_YES && count == 1 &&
		HAS(q, READY(1), DELAYED(1), RUNNING(1), HELD(1), DONE(1)),
	    "%s: of those named one goes, since others run, are held or are not there", b->name);
	tap_ok(queue_purge(q, QUEUE_DONE, NULL, 0, &count) == QUEUE_YES && count == 1 &&
		HAS(q, READY(1), DELAYED(1), RUNNING(1), HELD(1)),
	    "%s: those of a state", b->name);
	tap_ok(queue_purge(q, QUEUE_LEASED, NULL, 0, &count) == QUEUE_YES && count == 0, "%s: but none that is held",
	    b->name);
	tap_ok(queue_purge(q, -1, NULL, 0, &count) == QUEUE_YES && count == 2 && HAS(q, RUNNING(1), HELD(1)),
	    "%s: all, but for what is in work", b->name);
	tap_ok(
	    finish_as(q, 1, OUTCOME_OK, 0, "") == QUEUE_YES && HAS(q, HELD(1), DONE(1)), "%s: which goes on", b->name);
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

/* Puts `count` tasks of `len` bytes. */
static bool
put_many(struct queue *q, size_t count, size_t len)
{
	struct queue_put *p = mem_resize(NULL, count, sizeof *p);
	uint64_t *ids = mem_resize(NULL, count, sizeof *ids);
	char *bytes = mem_alloc(len + 1);
	size_t done = 0;
	bool good;

	memset(bytes, 'x', len);
	for (size_t i = 0; i < count; i++)
		p[i] = (struct queue_put){ .bytes = bytes, .len = len };
	good = queue_put(q, p, count, ids, &done) == QUEUE_YES && done == count;
	free(p);
	free(ids);
	free(bytes);
	return good;
}

static void
test_list(const struct backend *b)
{
	struct queue *q = b->make(&usual);
	struct listing l = { .ascending = true };
	uint64_t count;

	tap_ok(put_many(q, 1500, 3) && HAS(q, READY(1500)), "%s: more than a page of tasks", b->name);
	tap_ok(queue_list(q, -1, follow, &l) == QUEUE_YES && l.count == 1500 && l.ascending && l.last == 1500,
	    "%s: each is listed once, in order", b->name);
	l = (struct listing){ .ascending = true, .most = 700 };
	tap_ok(
	    queue_list(q, QUEUE_READY, follow, &l) == QUEUE_YES && l.count == 700, "%s: until it is enough", b->name);
	queue_purge(q, -1, NULL, 0, &count);
	tap_ok(count == 1500 && put_many(q, 9, 500000) && HAS(q, READY(9)), "%s: more than a page of bytes", b->name);
	l = (struct listing){ .ascending = true };
	tap_ok(queue_list(q, QUEUE_READY, follow, &l) == QUEUE_YES && l.count == 9 && l.ascending && l.bytes == 4500000,
	    "%s: is listed too", b->name);
	tap_ok(queue_list(q, QUEUE_DEAD, follow, &l) == QUEUE_YES && l.count == 9, "%s: of another state there is none",
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

	tap_ok(put_it(q, p) + put_it(q, p) == 2 && HAS(q, READY(1)), "%s: a key of any bytes", b->name);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_YES && t.len == sizeof bytes &&
		memcmp(t.bytes, bytes, t.len) == 0 && t.bytes[t.len] == '\0',
	    "%s: a task of any bytes, and a NUL behind", b->name);
	queue_task_free(&t);
	queue_free(q);
}

static int
a_file(size_t len, char fill)
{
	char name[PATH_MAX + 8], block[4096];
	int fd;

	snprintf(name, sizeof name, "%s/file", scratch);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	memset(block, fill, sizeof block);
	for (size_t at = 0; at < len; at += sizeof block)
		if (pwrite(fd, block, sizeof block, (off_t)at) == -1)
			printf("# %s: not written\n", name);
	unlink(name);
	return fd;
}

static bool
file_has(int fd, off_t len, char fill)
{
	struct stat st;
	char byte;

	return fstat(fd, &st) == 0 && st.st_size == len && pread(fd, &byte, 1, len - 1) == 1 && byte == fill;
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
	tap_ok(queue_finish(q, &r, 1) == QUEUE_YES && HAS(q, DONE(1)), "%s: a result with a large output", b->name);
	queue_result_free(&r);
	tap_ok(queue_result(q, 1, &got) == QUEUE_YES && got.out.len == 0 && got.out_fd != -1 &&
		file_has(got.out_fd, 3 << 20, 'o') && buf_is(&got.err, "small") && got.err_fd == -1,
	    "%s: is in a file", b->name);
	queue_result_free(&got);
	tap_ok(queue_purge(q, -1, NULL, 0, &count) == QUEUE_YES && count == 1 && queue_result(q, 1, &got) == QUEUE_NO,
	    "%s: which goes with it", b->name);
	queue_free(q);
}

/* -- Queue directories --------------------------------------------------------------------------------------------- */

static bool
is_there(const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/%s", last_path, name);
	return access(path, F_OK) == 0;
}

static void
test_result_files(void)
{
	struct queue *q = make_directory(&usual);
	struct queue_result r = { .outcome = OUTCOME_FAIL, .wstatus = 256, .out_fd = -1, .err_fd = a_file(8192, 'e') },
			    got;
	uint64_t count, id;

	put_text(q, "a");
	id = r.id = begin_one(q);
	tap_ok(queue_finish(q, &r, 1) == QUEUE_YES && is_there("results/1.err") && !is_there("results/1.out"),
	    "a large output has a file");
	queue_result_free(&r);
	tap_ok(queue_retry(q, &id, 1, &count) == QUEUE_YES && count == 1 && !is_there("results/1.err"),
	    "retried, it has none");
	r.out_fd = a_file(4096, 'o');
	begin_one(q);
	queue_finish(q, &r, 1);
	queue_result_free(&r);
	tap_ok(is_there("results/1.out") && queue_purge(q, QUEUE_FAILED, NULL, 0, &count) == QUEUE_YES &&
		!is_there("results/1.out"),
	    "nor purged");
	put_text(q, "a");
	r.id = begin_one(q);
	r.out_fd = a_file(4096, 'o');
	queue_finish(q, &r, 1);
	queue_result_free(&r);
	tap_ok(r.id == 2 && is_there("results/2.out"), "another has one");
	snprintf(last_path + strlen(last_path), 32, "/results/2.out");
	tap_ok(unlink(last_path) == 0 && queue_result(q, 2, &got) == QUEUE_NO && got.out_fd == -1,
	    "without it there is no result, rather than an empty one");
	queue_result_free(&got);
	queue_free(q);
}

static unsigned synced_files, synced_folders;

/* In place of that of the C library: notes what of the results is to survive a power cut. */
int
fsync(int fd)
{
	char link[64], path[PATH_MAX + 64];
	ssize_t len;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof path - 1);
	path[len > 0 ? len : 0] = '\0';
	synced_files += strstr(path, "/results/") != NULL;
	synced_folders += len > 8 && strcmp(path + len - 8, "/results") == 0;
	return fdatasync(fd);
}

static void
test_synced(bool full)
{
	struct queue_config config = usual;
	struct queue_result r = { .outcome = OUTCOME_OK, .out_fd = a_file(8192, 'o'), .err_fd = -1 };
	struct queue *q;

	config.sync_full = full;
	q = make_directory(&config);
	put_text(q, "a");
	r.id = begin_one(q);
	synced_files = synced_folders = 0;
	tap_ok(queue_finish(q, &r, 1) == QUEUE_YES && (synced_files == 1) == full && (synced_folders == 1) == full,
	    full ? "a large output is on the disk before its row is" : "unless it need not be");
	queue_result_free(&r);
	queue_free(q);
}

static void
test_outputs_synced(void)
{
	test_synced(true);
	test_synced(false);
}

static void
leave_file(const char *name)
{
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof path, "%s/%s", last_path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	tap_ok(fd != -1, "a pool died that had written %s", name);
	close(fd);
}

static void
test_left_files(void)
{
	struct queue *q = make_directory(&usual);
	uint64_t count;

	put_text(q, "a");
	put_text(q, "b");
	leave_file("results/1.out");
	tap_ok(finish_as(q, begin_one(q), OUTCOME_OK, 0, "small") == QUEUE_YES && !is_there("results/1.out"),
	    "which goes with the next result");
	leave_file("results/2.err");
	tap_ok(queue_purge(q, QUEUE_READY, NULL, 0, &count) == QUEUE_YES && count == 1 && !is_there("results/2.err"),
	    "or with the task");
	queue_free(q);
}

static void
test_two_handles(void)
{
	struct queue *a = make_directory(&usual), *b = open_again();
	struct queue_task tasks[MOST], t;
	struct seen s;
	size_t count;

	put_text(a, "a");
	put_text(a, "b");
	tap_ok(HAS(b, READY(2)), "what one put the other sees");
	tap_ok(strcmp(claim_all(a, tasks, &count), "a b ") == 0 && HAS(b, RUNNING(2)), "one claims both");
	queue_begin(a, tasks[0].id);
	tap_ok(queue_claim(b, 1, &t, &count) == QUEUE_NO && queue_lease(b, NS_PER_S, 1, &t, &count) == QUEUE_NO,
	    "the other gets none");
	tap_ok(queue_claim(a, 1, &t, &count) == QUEUE_NO && HAS(a, RUNNING(2)), "nor the one, again");
	free_tasks(tasks, 2);
	queue_free(a);
	tap_ok(HAS(b, READY(2)), "the one is gone, and both are ready");
	s = see(b, 1);
	tap_ok(s.attempts == 1 && strcmp(s.error, "cut short: its pool died") == 0 && s.pid == 0,
	    "that had begun was an attempt");
	s = see(b, 2);
	tap_ok(s.attempts == 0 && s.error[0] == '\0' && s.pid == 0, "that had not was none");
	tap_ok(drains(b, "a b ") && HAS(b, 0), "the other takes them");
	queue_free(b);
}

static void
test_cut_short(void)
{
	struct queue *watcher = make_directory(&usual), *q;
	unsigned times = 0;

	put_text(watcher, "a");
	while (q = open_again(), begin_one(q) != 0) {
		queue_free(q);
		times++;
	}
	queue_free(q);
	tap_ok(times == 3 && HAS(watcher, DEAD(1)), "who dies with it three times has killed it");
	queue_free(watcher);
}

static bool
is_readable(struct queue *q, int which)
{
	struct pollfd p = { .events = POLLIN };
	int fd[QUEUE_FDS];

	queue_fds(q, fd);
	p.fd = fd[which];
	return poll(&p, 1, 0) == 1;
}

/* Runs a statement on the database behind the queue's back. */
static bool
tamper(const char *text)
{
	char name[PATH_MAX + 64];
	sqlite3 *sql = NULL;
	bool good;

	snprintf(name, sizeof name, "%s/queue.db", last_path);
	good = sqlite3_open(name, &sql) == SQLITE_OK && sqlite3_exec(sql, text, NULL, NULL, NULL) == SQLITE_OK;
	sqlite3_close(sql);
	return good;
}

/* Each of two that wait is woken, one after the other, though there was one ring. */
static void
test_passing_on(void)
{
	struct queue_config two = usual;
	struct queue *q, *a, *b;

	two.most_ready = 2;
	q = make_directory(&two);
	a = open_again();
	b = open_again();
	queue_listen(a, QUEUE_NOTIFY_TASKS | QUEUE_NOTIFY_SPACE);
	queue_listen(b, QUEUE_NOTIFY_TASKS | QUEUE_NOTIFY_SPACE);
	tap_ok(put_many(q, 2, 1) && is_readable(a, 0) && !is_readable(a, 1), "two tasks: a ring");
	queue_take_notifications(a);
	tap_ok(
	    !is_readable(b, 0) && begin_one(a) != 0 && is_readable(b, 0), "who takes one of them rings for the other");
	while (is_readable(b, 0) || is_readable(b, 1))
		queue_take_notifications(b);
	tap_ok(begin_one(q) != 0 && is_readable(a, 1), "room for two: a ring");
	queue_take_notifications(a);
	tap_ok(!is_readable(b, 1) && put_text(a, "c") != 0 && is_readable(b, 1),
	    "who fills one place rings for the other");
	while (is_readable(b, 1))
		queue_take_notifications(b);
	tap_ok(put_text(b, "d") != 0 && !is_readable(b, 1), "who fills the last one does not");
	queue_free(q);
	queue_free(a);
	queue_free(b);
}

/* As a claimer has it that released the task, and was stopped before it let the lock go. */
static int
lock_claim(off_t id)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = id, .l_len = 1 };
	char name[PATH_MAX + 64];
	int fd;

	snprintf(name, sizeof name, "%s/claims", last_path);
	fd = open(name, O_RDWR | O_CLOEXEC);
	return fd != -1 && fcntl(fd, F_OFD_SETLK, &lock) == 0 ? fd : -1;
}

/* A failure in the middle of it. */
static void
test_retry_fails(void)
{
	struct queue *q = make_directory(&usual);
	uint64_t count = 9;

	put_text(q, "a");
	put_text(q, "b");
	fail_to_death(q, NULL);
	tap_ok(tamper("INSERT INTO result VALUES (1, 0, 'ok', '', NULL, NULL);"
		      "CREATE TRIGGER no BEFORE DELETE ON result BEGIN SELECT RAISE(FAIL, 'no'); END"),
	    "a result that cannot be removed");
	tap_ok(queue_retry(q, NULL, 0, &count) == QUEUE_ERROR && count == 0 && HAS(q, DEAD(2)),
	    "retry fails, and has changed nothing");
	tap_ok(
	    tamper("DROP TRIGGER no") && queue_retry(q, NULL, 0, &count) == QUEUE_YES && count == 2 && HAS(q, READY(2)),
	    "and can be tried again");
	queue_free(q);
}

static void
test_locked(void)
{
	struct queue *q = make_directory(&usual);
	struct queue_task t;
	size_t count;
	int fd;

	put_text(q, "a");
	put_text(q, "b");
	queue_listen(q, QUEUE_NOTIFY_TASKS);
	fd = lock_claim(1);
	tap_ok(fd != -1 && begin_one(q) == 2, "a task that another has locked keeps no other waiting");
	while (is_readable(q, 0))
		queue_take_notifications(q);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_NO && !is_readable(q, 0),
	    "when it is the only one, nobody is woken for it");
	close(fd);
	tap_ok(begin_one(q) == 1, "until it is free");
	queue_free(q);
}

static void
test_woken_by_a_death(void)
{
	struct queue *q = make_directory(&usual), *dies = open_again(), *waits = open_again();
	struct queue_counts c;

	put_text(q, "a");
	begin_one(dies);
	queue_listen(waits, QUEUE_NOTIFY_TASKS);
	queue_free(dies);
	tap_ok(!is_readable(waits, 0) && queue_counts(q, &c) == QUEUE_YES && c.of[QUEUE_READY] == 1 &&
		is_readable(waits, 0),
	    "who finds a claimer dead wakes another");
	queue_free(q);
	queue_free(waits);
}

static void
test_damaged(void)
{
	static const char *const damages[] = { "DELETE FROM setting WHERE name = 'max_attempts'",
		"UPDATE setting SET value = -1 WHERE name = 'most_ready'",
		"UPDATE setting SET value = 'many' WHERE name = 'keep_tasks'",
		"UPDATE setting SET value = 0 WHERE name = 'max_attempts'",
		"UPDATE setting SET value = 1 << 40 WHERE name = 'max_attempts'",
		"UPDATE setting SET value = NULL WHERE name = 'sync_full'", "DROP TABLE setting" };
	char problem[512];
	struct queue *q;

	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		q = make_directory(&usual);
		put_text(q, "a");
		queue_free(q);
		problem[0] = '\0';
		tap_ok(tamper(damages[i]) && (q = queue_open(last_path, problem, sizeof problem)) == NULL &&
			problem[0] != '\0',
		    "damaged settings are told: %s", problem);
		if (q != NULL)
			queue_free(q);
	}
	q = make_directory(&usual);
	put_text(q, "a");
	tap_ok(
	    tamper("DELETE FROM setting WHERE name = 'closed'") && put_text(q, "b") == 0 && queue_problem(q)[0] != '\0',
	    "also of an open one: %s", queue_problem(q));
	queue_free(q);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void (*const all[])(
    const struct backend *b) = { test_order, test_part, test_closed, test_waiting, test_serving, test_refused };
static void (*const keeping[])(const struct backend *b) = { test_counts, test_priority, test_delay, test_key, test_full,
	test_reopened, test_lease, test_lost_lease, test_dead, test_retry_key, test_result, test_stray_result,
	test_keep, test_purge, test_list, test_hostile, test_large_result };
static void (*const of_directories[])(void) = { test_result_files, test_outputs_synced, test_left_files,
	test_two_handles, test_cut_short, test_passing_on, test_woken_by_a_death, test_locked, test_retry_fails,
	test_damaged };

static void
run_over(const struct backend *b)
{
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		all[i](b);
	for (size_t i = 0; b->keeps && i < sizeof keeping / sizeof keeping[0]; i++)
		keeping[i](b);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");

	signal(SIGPIPE, SIG_IGN);
	snprintf(scratch, sizeof scratch, "%s/test-queue-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	if (!tap_ok(mkdtemp(scratch) != NULL, "a scratch folder"))
		return tap_done();
	run_over(&memory);
	run_over(&directory);
	run_over(&named_pipe);
	for (size_t i = 0; i < sizeof of_directories / sizeof of_directories[0]; i++)
		of_directories[i]();
	nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
