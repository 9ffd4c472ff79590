/*
 * Invariant: a task that is running or leased is never removed or retried here. No function of the caller runs in a
 * transaction.
 */
#include "queue/sqlite/operations.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/sqlite/result.h"
#include "queue/sqlite/shared.h"
#include "queue/sqlite/states.h"

enum { PURGE_PART = 10000 }; /* tasks removed in one transaction, so that others can use the queue in between */

struct changing {
	int state; /* of purge; -1: any */
	const uint64_t *ids;
	size_t id_count;
	int64_t count;               /* changed in this transaction */
	struct unchanged *unchanged; /* owned; of retry */
	size_t unchanged_count, unchanged_capacity;
};

/* -- Tasks that stay as they are ----------------------------------------------------------------------------------- */

struct unchanged {
	uint64_t id;
	char why[64];
};

/* The reason why the task with this row was not retried. -1 with the queue's problem. */
static int
explain(struct sqlite_queue *s, sqlite3_stmt *row, char why[64])
{
	int state = sqlite3_column_int(row, 0);
	const char *key = (const char *)sqlite3_column_text(row, 1);
	int64_t other = key != NULL && state >= STATE_DONE ? sqlite_find_key(s, key) : 0;

	if (other > 0)
		snprintf(why, 64, "its key is used by task %" PRId64, other);
	else
		snprintf(why, 64, "it is %s", queue_state_name((enum queue_state)state));
	return other == -1 ? -1 : 0;
}

static int
note_unchanged(struct sqlite_queue *s, struct changing *c, uint64_t id)
{
	sqlite3_stmt *row = db_statement(&s->db, S_STATE_AND_KEY);
	struct unchanged *u;
	int code, result = 0;

	if (row == NULL)
		return -1;
	if (c->unchanged_count == c->unchanged_capacity) {
		c->unchanged_capacity = c->unchanged_capacity != 0 ? 2 * c->unchanged_capacity : 64;
		c->unchanged = mem_resize(c->unchanged, c->unchanged_capacity, sizeof *c->unchanged);
	}
	u = &c->unchanged[c->unchanged_count++];
	*u = (struct unchanged){ .id = id, .why = "it does not exist" };
	sqlite3_bind_int64(row, 1, (int64_t)id);
	code = db_step(&s->db, row);
	if (code == SQLITE_ROW)
		result = explain(s, row, u->why);
	sqlite3_reset(row);
	return code == -1 ? -1 : result;
}

/* After a retry of all dead tasks: the dead ones. */
static int
note_all_unchanged(struct sqlite_queue *s, struct changing *c)
{
	sqlite3_stmt *dead = db_statement(&s->db, S_DEAD_TASKS);
	int code = -1, result = 0;

	while (dead != NULL && result == 0 && (code = db_step(&s->db, dead)) == SQLITE_ROW)
		result = note_unchanged(s, c, (uint64_t)sqlite3_column_int64(dead, 0));
	if (dead != NULL)
		sqlite3_reset(dead);
	return code == -1 ? -1 : result;
}

/* -- Retrying ------------------------------------------------------------------------------------------------------ */

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

/* id 0: all dead tasks. */
static int
retry_those(struct sqlite_queue *s, struct changing *c, uint64_t id)
{
	sqlite3_stmt *retry = db_statement(&s->db, id != 0 ? S_RETRY_ONE : S_RETRY_DEAD);
	int64_t before = c->count;

	if (retry == NULL)
		return -1;
	sqlite3_bind_int64(retry, 1, clock_wall_us());
	if (id != 0)
		sqlite3_bind_int64(retry, 2, (int64_t)id);
	if (retry_some(s, retry, c) == -1)
		return -1;
	if (id == 0)
		return note_all_unchanged(s, c);
	return c->count > before ? 0 : note_unchanged(s, c, id);
}

static enum queue_answer
retry_all(struct sqlite_queue *s, void *arg)
{
	struct changing *c = arg;
	int result = 0;

	c->count = 0;
	c->unchanged_count = 0;
	if (c->id_count == 0)
		result = retry_those(s, c, 0);
	for (size_t i = 0; result == 0 && i < c->id_count; i++)
		result = retry_those(s, c, c->ids[i]);
	return result == -1 ? QUEUE_ERROR : QUEUE_YES;
}

enum queue_answer
sqlite_retry(
    struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count, queue_unchanged_fn *unchanged, void *arg)
{
	struct sqlite_queue *s = SELF(q);
	struct changing c = { .ids = ids, .id_count = id_count };
	enum queue_answer answer = sqlite_write(s, true, false, retry_all, &c);

	*count = answer == QUEUE_ERROR ? 0 : (uint64_t)c.count;
	if (*count > 0)
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	for (size_t i = 0; answer == QUEUE_YES && unchanged != NULL && i < c.unchanged_count; i++)
		unchanged(arg, c.unchanged[i].id, c.unchanged[i].why);
	free(c.unchanged);
	return answer;
}

/* -- Purging ------------------------------------------------------------------------------------------------------- */

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
