/*
 * Invariants: tasks[] is in the order of ids. Every count is made by looking at every task, so that the counts of other
 * backends can be compared with it. All happens in one process, so no claimer dies, and no process needs a
 * notification.
 */
#include "queue-mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue-mem-tasks.h"
#include "sys/os.h"

enum { RECHECK_MS = 1000 };

/* -- Putting ------------------------------------------------------------------------------------------------------- */

static enum queue_answer
put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done)
{
	struct mem_queue *m = SELF(q);

	*done = 0;
	if (m->closed)
		return QUEUE_CLOSED;
	for (; *done < count; ++*done) {
		const struct mem_task *same = mq_find_key(m, tasks[*done].key);

		if (same == NULL && m->config.most_ready != 0 &&
		    mq_count_state(m, QUEUE_READY) + mq_count_state(m, QUEUE_DELAYED) >= m->config.most_ready)
			return QUEUE_NO;
		ids[*done] = same != NULL ? same->id : mq_add(m, &tasks[*done]);
	}
	return QUEUE_YES;
}

/* -- Taking -------------------------------------------------------------------------------------------------------- */

static enum queue_answer
take(
    struct mem_queue *m, enum queue_state state, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count)
{
	struct mem_task *t;

	mq_settle(m);
	for (*count = 0; *count < most && (t = mq_first_ready(m)) != NULL; ++*count) {
		mq_move(t, state);
		t->until_ns = os_boot_ns() + lease_ns;
		t->lease_id = state == QUEUE_LEASED ? ++m->last_lease_id : 0;
		tasks[*count] = (struct queue_task){ .id = t->id,
			.bytes = mem_dup(t->bytes, t->len),
			.len = t->len,
			.attempt = t->attempts + 1,
			.lease_id = t->lease_id };
	}
	if (*count > 0)
		return QUEUE_YES;
	return m->closed && mq_unfinished(m) == 0 ? QUEUE_CLOSED : QUEUE_NO;
}

static enum queue_answer
claim(struct queue *q, size_t most, struct queue_task *tasks, size_t *count)
{
	return take(SELF(q), QUEUE_RUNNING, 0, most, tasks, count);
}

static enum queue_answer
lease(struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count)
{
	return take(SELF(q), QUEUE_LEASED, lease_ns, most, tasks, count);
}

/* -- Ending -------------------------------------------------------------------------------------------------------- */

static struct mem_task *
find_running(struct mem_queue *m, uint64_t id)
{
	struct mem_task *t = mq_find(m, id);

	return t != NULL && t->state == QUEUE_RUNNING ? t : NULL;
}

static void
prune(struct mem_queue *m)
{
	struct mem_task *t;

	while (mq_count_state(m, QUEUE_DONE) + mq_count_state(m, QUEUE_FAILED) > m->config.keep_tasks)
		mq_forget(m, mq_oldest_finished(m));
	while (m->config.keep_ns != 0 && (t = mq_oldest_finished(m)) != NULL &&
	    t->since_wall_us < clock_wall_us() - m->config.keep_ns / NS_PER_US)
		mq_forget(m, t);
}

static int
copy_fd(int fd)
{
	return fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void
copy_result(struct queue_result *to, const struct queue_result *from)
{
	*to = (struct queue_result){ .id = from->id,
		.wstatus = from->wstatus,
		.outcome = from->outcome,
		.out_fd = copy_fd(from->out_fd),
		.err_fd = copy_fd(from->err_fd) };
	buf_add(&to->record, from->record.data, from->record.len);
	buf_add(&to->out, from->out.data, from->out.len);
	buf_add(&to->err, from->err.data, from->err.len);
}

static enum queue_answer
finish(struct queue *q, const struct queue_result *results, size_t count)
{
	struct mem_queue *m = SELF(q);

	for (size_t i = 0; i < count; i++) {
		struct mem_task *t = find_running(m, results[i].id);

		if (t == NULL)
			continue;
		t->attempts++;
		mq_move(t, results[i].outcome == OUTCOME_OK ? QUEUE_DONE : QUEUE_FAILED);
		mq_set_error(t, t->state == QUEUE_DONE ? NULL : outcome_name(results[i].outcome));
		copy_result(&t->result, &results[i]);
		t->has_result = true;
	}
	prune(m);
	return QUEUE_YES;
}

static enum queue_answer
drop(struct queue *q, const struct queue_task *tasks, size_t count)
{
	struct mem_task *t;

	for (size_t i = 0; i < count; i++)
		if ((t = find_running(SELF(q), tasks[i].id)) != NULL)
			mq_forget(SELF(q), t);
	return QUEUE_YES;
}

static enum queue_answer
release(struct queue *q, const struct queue_task *tasks, size_t count)
{
	struct mem_task *t;

	for (size_t i = 0; i < count; i++)
		if ((t = find_running(SELF(q), tasks[i].id)) != NULL)
			mq_move(t, QUEUE_READY);
	return QUEUE_YES;
}

/* NULL: the lease is lost. */
static struct mem_task *
find_leased(struct queue *q, uint64_t id, uint64_t lease_id)
{
	struct mem_task *t;

	mq_settle(SELF(q));
	t = mq_find(SELF(q), id);
	return t != NULL && t->state == QUEUE_LEASED && t->lease_id == lease_id ? t : NULL;
}

static enum queue_answer
done(struct queue *q, uint64_t id, uint64_t lease_id)
{
	struct mem_task *t = find_leased(q, id, lease_id);

	if (t == NULL)
		return QUEUE_LOST;
	mq_forget(SELF(q), t);
	return QUEUE_YES;
}

static enum queue_answer
fail(struct queue *q, uint64_t id, uint64_t lease_id, const char *error)
{
	struct mem_task *t = find_leased(q, id, lease_id);

	if (t == NULL)
		return QUEUE_LOST;
	mq_count_attempt(SELF(q), t, error);
	return QUEUE_YES;
}

static enum queue_answer
touch(struct queue *q, uint64_t id, uint64_t lease_id, int64_t lease_ns)
{
	struct mem_task *t = find_leased(q, id, lease_id);

	if (t == NULL)
		return QUEUE_LOST;
	t->until_ns = os_boot_ns() + lease_ns;
	return QUEUE_YES;
}

/* -- Looking ------------------------------------------------------------------------------------------------------- */

static enum queue_answer
counts(struct queue *q, struct queue_counts *c)
{
	struct mem_queue *m = SELF(q);

	mq_settle(m);
	*c = (struct queue_counts){ .most_ready = m->config.most_ready,
		.terminated = m->terminated,
		.put = m->last_id,
		.consumers = m->consumers,
		.slots = m->slots,
		.closed = m->closed };
	for (int state = 0; state < QUEUE_STATES; state++)
		c->of[state] = mq_count_state(m, state);
	c->finished = c->put - queue_unfinished(c) - c->of[QUEUE_DEAD];
	return QUEUE_YES;
}

static enum queue_answer
empty(struct queue *q)
{
	mq_settle(SELF(q));
	return mq_count_state(SELF(q), QUEUE_READY) == 0 ? QUEUE_YES : QUEUE_NO;
}

static bool
describe(const struct mem_task *t, queue_list_fn *fn, void *arg)
{
	struct queue_info info = { .id = t->id,
		.state = t->state,
		.priority = t->priority,
		.attempts = t->attempts,
		.put_wall_us = t->put_wall_us,
		.since_wall_us = t->since_wall_us,
		.key = t->key,
		.error = t->error,
		.bytes = t->bytes,
		.len = t->len };

	if (t->state == QUEUE_RUNNING)
		info.pid = getpid();
	return fn(arg, &info);
}

static enum queue_answer
look(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg)
{
	const struct mem_task *t = mq_find(SELF(q), id);

	if (t == NULL)
		return QUEUE_NO;
	describe(t, fn, arg);
	return QUEUE_YES;
}

static enum queue_answer
list(struct queue *q, int state, queue_list_fn *fn, void *arg)
{
	const struct mem_queue *m = SELF(q);

	for (size_t i = 0; i < m->count; i++)
		if (mq_is_state(&m->tasks[i], state) && !describe(&m->tasks[i], fn, arg))
			break;
	return QUEUE_YES;
}

static enum queue_answer
result(struct queue *q, uint64_t id, struct queue_result *r)
{
	const struct mem_task *t = mq_find(SELF(q), id);

	*r = (struct queue_result){ .id = id, .outcome = OUTCOME_FAIL, .out_fd = -1, .err_fd = -1 };
	if (t == NULL || !t->has_result)
		return QUEUE_NO;
	copy_result(r, &t->result);
	return QUEUE_YES;
}

/* -- Changing ------------------------------------------------------------------------------------------------------ */

static bool
is_named(uint64_t id, const uint64_t *ids, size_t id_count)
{
	for (size_t i = 0; i < id_count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static enum queue_answer
retry(struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count, queue_unchanged_fn *unchanged, void *arg)
{
	struct mem_queue *m = SELF(q);

	*count = 0;
	for (size_t i = 0; i < m->count; i++) {
		struct mem_task *t = &m->tasks[i];
		bool wanted = id_count == 0
		    ? t->state == QUEUE_DEAD
		    : is_named(t->id, ids, id_count) && (t->state == QUEUE_DEAD || t->state == QUEUE_FAILED);

		/* A key has one unfinished task. */
		if (wanted && mq_find_key(m, t->key) != NULL && unchanged != NULL)
			unchanged(arg, t->id, "its key is used");
		if (!wanted || mq_find_key(m, t->key) != NULL)
			continue;
		mq_forget_result(t);
		t->attempts = 0;
		mq_move(t, QUEUE_READY);
		++*count;
	}
	return QUEUE_YES;
}

static enum queue_answer
purge(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count)
{
	struct mem_queue *m = SELF(q);

	*count = 0;
	for (size_t i = m->count; i-- > 0;) {
		struct mem_task *t = &m->tasks[i];

		if (t->state == QUEUE_RUNNING || t->state == QUEUE_LEASED ||
		    !(id_count > 0 ? is_named(t->id, ids, id_count) : mq_is_state(t, state)))
			continue;
		mq_forget(m, t);
		++*count;
	}
	return QUEUE_YES;
}

static enum queue_answer
close_queue(struct queue *q)
{
	SELF(q)->closed = true;
	return QUEUE_YES;
}

static enum queue_answer
reopen(struct queue *q)
{
	SELF(q)->closed = false;
	return QUEUE_YES;
}

static enum queue_answer
terminate(struct queue *q)
{
	SELF(q)->terminated++;
	return QUEUE_YES;
}

/* -- Serving and waiting ------------------------------------------------------------------------------------------- */

static enum queue_answer
register_pool(struct queue *q, unsigned slots)
{
	SELF(q)->consumers = 1;
	SELF(q)->slots = slots;
	return QUEUE_YES;
}

static enum queue_answer
wait_in_job(struct queue *q, uint64_t task_id)
{
	(void)task_id;
	/* The process that waits here is the only one, and the pool. */
	return SELF(q)->consumers > 0 ? QUEUE_NO : QUEUE_YES;
}

static int64_t
recheck_ns(struct queue *q)
{
	const struct mem_queue *m = SELF(q);
	int64_t least = RECHECK_MS * NS_PER_MS, left_ns;

	for (size_t i = 0; i < m->count; i++) {
		left_ns = m->tasks[i].until_ns - os_boot_ns();
		if ((m->tasks[i].state == QUEUE_DELAYED || m->tasks[i].state == QUEUE_LEASED) && left_ns < least)
			least = left_ns < NS_PER_MS ? NS_PER_MS : left_ns;
	}
	return least;
}

static void
free_queue(struct queue *q)
{
	struct mem_queue *m = SELF(q);

	for (size_t i = 0; i < m->count; i++)
		mq_empty_task(&m->tasks[i]);
	free(m->tasks);
}

static const struct queue_ops ops = {
	.kind = "a queue in memory",
	.put = put,
	.claim = claim,
	.lease = lease,
	.finish = finish,
	.drop = drop,
	.release = release,
	.done = done,
	.fail = fail,
	.touch = touch,
	.counts = counts,
	.empty = empty,
	.look = look,
	.list = list,
	.result = result,
	.retry = retry,
	.purge = purge,
	.close = close_queue,
	.reopen = reopen,
	.terminate = terminate,
	.register_pool = register_pool,
	.wait_in_job = wait_in_job,
	.recheck_ns = recheck_ns,
	.free = free_queue,
};

struct queue *
queue_mem_new(const struct queue_config *config)
{
	struct mem_queue *m = mem_alloc(sizeof *m);

	m->queue = (struct queue){ .ops = &ops, .name = mem_strdup("memory") };
	m->config = *config;
	return &m->queue;
}
