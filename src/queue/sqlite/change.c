/* Invariant: a task that is running or leased is never removed or retried here. */
#include "queue/sqlite/operations.h"

#include "base/clock.h"
#include "queue/sqlite/result.h"
#include "queue/sqlite/shared.h"

enum { PURGE_PART = 10000 }; /* tasks removed in one transaction, so that others can use the queue in between */

struct changing {
	int state; /* of purge; -1: any */
	const uint64_t *ids;
	size_t id_count;
	int64_t count; /* changed in this transaction */
};

/* Runs `retry`, and removes the results of the tasks that it made ready. */
static int
retry_some(struct sqlite_queue *s, sqlite3_stmt *retry, struct changing *c)
{
	int code, result = 0;

	while (result == 0 && (code = db_step(&s->db, retry)) == SQLITE_ROW) {
		result = sqlite_remove_result(s, (uint64_t)sqlite3_column_int64(retry, 0));
		c->count++;
	}
	/* Also after an error, or it could not be bound again. */
	sqlite3_reset(retry);
	return result == -1 || code == -1 ? -1 : 0;
}

static enum queue_answer
retry_all(struct sqlite_queue *s, void *arg)
{
	struct changing *c = arg;
	bool named = c->id_count > 0;
	sqlite3_stmt *retry = db_statement(&s->db, named ? S_RETRY_ONE : S_RETRY_DEAD);

	c->count = 0;
	for (size_t i = 0; i < (named ? c->id_count : 1); i++) {
		if (retry == NULL)
			return QUEUE_ERROR;
		sqlite3_bind_int64(retry, 1, clock_wall_us());
		if (named)
			sqlite3_bind_int64(retry, 2, (int64_t)c->ids[i]);
		if (retry_some(s, retry, c) == -1)
			return QUEUE_ERROR;
	}
	return QUEUE_YES;
}

enum queue_answer
sqlite_retry(struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count)
{
	struct sqlite_queue *s = SELF(q);
	struct changing c = { .ids = ids, .id_count = id_count };
	enum queue_answer answer = sqlite_write(s, true, false, retry_all, &c);

	*count = answer == QUEUE_ERROR ? 0 : (uint64_t)c.count;
	if (*count > 0)
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	return answer;
}

static enum queue_answer
purge_ids(struct sqlite_queue *s, void *arg)
{
	struct changing *c = arg;
	sqlite3_stmt *is_free = db_statement(&s->db, S_FREE_ONE);
	int code;

	c->count = 0;
	for (size_t i = 0; i < c->id_count; i++) {
		if (is_free == NULL)
			return QUEUE_ERROR;
		sqlite3_bind_int64(is_free, 1, (int64_t)c->ids[i]);
		code = db_step(&s->db, is_free);
		sqlite3_reset(is_free);
		if (code == -1 || (code == SQLITE_ROW && sqlite_remove_task(s, c->ids[i]) == -1))
			return QUEUE_ERROR;
		c->count += code == SQLITE_ROW;
	}
	return QUEUE_YES;
}

static enum queue_answer
purge_part(struct sqlite_queue *s, void *arg)
{
	struct changing *c = arg;
	sqlite3_stmt *which = db_statement(&s->db, c->state != -1 ? S_FREE_STATE : S_FREE_ALL);

	if (which == NULL)
		return QUEUE_ERROR;
	if (c->state != -1)
		sqlite3_bind_int(which, 1, c->state);
	sqlite3_bind_int64(which, 2, PURGE_PART);
	c->count = sqlite_remove_those(s, which);
	return c->count == -1 ? QUEUE_ERROR : QUEUE_YES;
}

enum queue_answer
sqlite_purge(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count)
{
	struct sqlite_queue *s = SELF(q);
	struct changing c = { .state = state, .ids = ids, .id_count = id_count };
	enum queue_answer answer;

	do {
		answer = sqlite_write(s, s->config.sync_full, false, id_count > 0 ? purge_ids : purge_part, &c);
		if (answer == QUEUE_ERROR)
			return answer;
		*count += (uint64_t)c.count;
	} while (id_count == 0 && c.count == PURGE_PART);
	if (*count > 0) {
		notify_all(s->db.dir_fd, QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE);
		notify_one(s->db.dir_fd, NOTIFY_SPACE);
	}
	return answer;
}
