/* Invariant: tasks[] is in the order of ids, and moves when a task is added or removed. */
#include "queue-mem-tasks.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/os.h"

bool
mq_is_state(const struct mem_task *t, int state)
{
	return state == -1 || t->state == (enum queue_state)state;
}

uint64_t
mq_count_state(const struct mem_queue *m, int state)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		n += mq_is_state(&m->tasks[i], state);
	return n;
}

struct mem_task *
mq_find(struct mem_queue *m, uint64_t id)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->tasks[i].id == id)
			return &m->tasks[i];
	return NULL;
}

void
mq_move(struct mem_task *t, enum queue_state state)
{
	t->state = state;
	t->since_wall_us = clock_wall_us();
}

void
mq_set_error(struct mem_task *t, const char *error)
{
	char *was = t->error;

	t->error = error == NULL ? NULL : mem_strdup(error);
	free(was);
}

void
mq_forget_result(struct mem_task *t)
{
	if (t->has_result)
		queue_result_free(&t->result);
	t->has_result = false;
}

void
mq_empty_task(struct mem_task *t)
{
	free(t->key);
	free(t->error);
	free(t->bytes);
	mq_forget_result(t);
}

void
mq_forget(struct mem_queue *m, struct mem_task *t)
{
	mq_empty_task(t);
	m->count--;
	memmove(t, t + 1, (size_t)(m->tasks + m->count - t) * sizeof *t);
}

void
mq_count_attempt(struct mem_queue *m, struct mem_task *t, const char *error)
{
	t->attempts++;
	mq_set_error(t, error);
	mq_move(t, t->attempts >= m->config.max_attempts ? QUEUE_DEAD : QUEUE_READY);
}

void
mq_settle(struct mem_queue *m)
{
	int64_t now_ns = os_boot_ns();

	for (size_t i = 0; i < m->count; i++) {
		struct mem_task *t = &m->tasks[i];

		if (t->state == QUEUE_DELAYED && t->until_ns <= now_ns)
			mq_move(t, QUEUE_READY);
		if (t->state == QUEUE_LEASED && t->until_ns <= now_ns)
			mq_count_attempt(m, t, "its lease ran out");
	}
}

uint64_t
mq_unfinished(const struct mem_queue *m)
{
	return mq_count_state(m, QUEUE_READY) + mq_count_state(m, QUEUE_DELAYED) + mq_count_state(m, QUEUE_RUNNING) +
	    mq_count_state(m, QUEUE_LEASED);
}

const struct mem_task *
mq_find_key(const struct mem_queue *m, const char *key)
{
	for (size_t i = 0; key != NULL && i < m->count; i++)
		if (m->tasks[i].state < QUEUE_DONE && m->tasks[i].key != NULL && strcmp(m->tasks[i].key, key) == 0)
			return &m->tasks[i];
	return NULL;
}

uint64_t
mq_add(struct mem_queue *m, const struct queue_put *p)
{
	struct mem_task *t;
	int64_t now_ns;

	if (m->count == m->size)
		m->tasks = mem_resize(m->tasks, m->size = m->size != 0 ? 2 * m->size : 16, sizeof *m->tasks);
	t = &m->tasks[m->count++];
	*t = (struct mem_task){
		.id = ++m->last_id, .priority = p->priority, .bytes = mem_dup(p->bytes, p->len), .len = p->len
	};
	t->key = p->key == NULL ? NULL : mem_strdup(p->key);
	now_ns = os_boot_ns();
	t->until_ns = p->after_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + p->after_ns;
	t->put_wall_us = clock_wall_us();
	mq_move(t, p->after_ns > 0 ? QUEUE_DELAYED : QUEUE_READY);
	return t->id;
}

struct mem_task *
mq_first_ready(struct mem_queue *m)
{
	struct mem_task *first = NULL;

	for (size_t i = 0; i < m->count; i++)
		if (m->tasks[i].state == QUEUE_READY && (first == NULL || m->tasks[i].priority > first->priority))
			first = &m->tasks[i];
	return first;
}

struct mem_task *
mq_oldest_finished(struct mem_queue *m)
{
	struct mem_task *oldest = NULL;

	for (size_t i = 0; i < m->count; i++)
		if ((m->tasks[i].state == QUEUE_DONE || m->tasks[i].state == QUEUE_FAILED) &&
		    (oldest == NULL || m->tasks[i].since_wall_us < oldest->since_wall_us))
			oldest = &m->tasks[i];
	return oldest;
}
