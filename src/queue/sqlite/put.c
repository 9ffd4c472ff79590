/* Invariant: a call puts all its tasks in one transaction, or, if the queue gets full, the first ones. */
#include "queue/sqlite/operations.h"

#include "base/clock.h"
#include "queue/sqlite/shared.h"
#include "sys/os.h"

struct putting {
	const struct queue_put *tasks;
	size_t count, done;
	uint64_t *ids;
	bool added;      /* a task that was not there by its key */
	bool space_left; /* others may wait for it */
};

static void
bind_delay(sqlite3_stmt *put, int64_t after_ns, int64_t now_ns, int64_t now_us)
{
	if (after_ns > 0) {
		sqlite3_bind_int64(put, 3, after_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + after_ns);
		sqlite3_bind_int64(put, 4, now_us + after_ns / NS_PER_US);
	} else {
		sqlite3_bind_null(put, 3);
		sqlite3_bind_null(put, 4);
	}
}

/* Its id, or -1 with the queue's problem. */
static int64_t
insert(struct sqlite_queue *s, const struct queue_put *t, int64_t now_ns, int64_t now_us)
{
	sqlite3_stmt *put = db_statement(&s->db, S_PUT);

	if (put == NULL)
		return -1;
	sqlite3_bind_int(put, 1, t->after_ns > 0 ? QUEUE_DELAYED : QUEUE_READY);
	sqlite3_bind_int(put, 2, t->priority);
	bind_delay(put, t->after_ns, now_ns, now_us);
	if (t->key != NULL)
		sqlite3_bind_text(put, 5, t->key, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(put, 5);
	sqlite3_bind_int64(put, 6, now_us);
	sqlite3_bind_blob64(put, 7, t->bytes, t->len, SQLITE_STATIC);
	if (db_run(&s->db, put) == -1)
		return -1;
	/* So that no pointer to the caller's bytes is left. */
	sqlite3_clear_bindings(put);
	return sqlite3_last_insert_rowid(s->db.sql);
}

/* The number of tasks that fit. -1 with the queue's problem. */
static int64_t
free_space(struct sqlite_queue *s)
{
	int64_t ready, delayed;

	if (s->config.most_ready == 0)
		return INT64_MAX;
	ready = sqlite_count(s, QUEUE_READY);
	delayed = ready == -1 ? -1 : sqlite_count(s, QUEUE_DELAYED);
	if (delayed == -1)
		return -1;
	return (uint64_t)(ready + delayed) >= s->config.most_ready ? 0
								   : (int64_t)s->config.most_ready - ready - delayed;
}

static enum queue_answer
put_all(struct sqlite_queue *s, void *arg)
{
	struct putting *p = arg;
	int64_t now_ns = os_boot_ns(), now_us = clock_wall_us(), closed = sqlite_setting(s, "closed"),
		left = free_space(s);

	p->done = 0;
	p->added = p->space_left = false;
	if (closed == -1 || left == -1)
		return QUEUE_ERROR;
	if (closed != 0)
		return QUEUE_CLOSED;
	for (; p->done < p->count; p->done++) {
		const struct queue_put *t = &p->tasks[p->done];
		int64_t id = t->key != NULL ? sqlite_find_key(s, t->key) : 0;

		if (id == 0) {
			if (left-- == 0)
				return QUEUE_NO;
			id = insert(s, t, now_ns, now_us);
			p->added = true;
		}
		if (id == -1)
			return QUEUE_ERROR;
		p->ids[p->done] = (uint64_t)id;
	}
	p->space_left = s->config.most_ready != 0 && left > 0;
	return QUEUE_YES;
}

enum queue_answer
sqlite_put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done)
{
	struct sqlite_queue *s = SELF(q);
	struct putting p = { .tasks = tasks, .count = count, .ids = ids };
	enum queue_answer answer = sqlite_write(s, true, false, put_all, &p);

	*done = answer == QUEUE_ERROR || answer == QUEUE_CLOSED ? 0 : p.done;
	if (*done > 0 && p.added)
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	if (answer == QUEUE_YES && p.space_left)
		notify_one(s->db.dir_fd, NOTIFY_SPACE);
	return answer;
}
