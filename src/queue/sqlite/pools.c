/*
 * Invariant: a row whose lock is free is a dead pool's: it does not count, and the next pool that registers removes it.
 */
#include "queue/sqlite/pools.h"

#include <unistd.h>

#include "queue/sqlite/operations.h"

static bool
is_alive(struct sqlite_queue *s, int64_t pool_id)
{
	return claims_taken(&s->claims, CLAIM_POOL + (uint64_t)pool_id);
}

int
sqlite_count_pools(struct sqlite_queue *s, struct queue_counts *c)
{
	sqlite3_stmt *rows = db_statement(&s->db, S_POOLS);
	bool unlimited = false;
	int code;

	if (rows == NULL)
		return -1;
	while ((code = db_step(&s->db, rows)) == SQLITE_ROW) {
		if (!is_alive(s, sqlite3_column_int64(rows, 0)))
			continue;
		c->consumers++;
		c->slots += (unsigned)sqlite3_column_int(rows, 1);
		unlimited = unlimited || sqlite3_column_int(rows, 1) == 0;
	}
	if (unlimited)
		c->slots = 0;
	return code == -1 ? -1 : 0;
}

enum queue_answer
sqlite_has_doomed(struct queue *q)
{
	struct sqlite_queue *s = SELF(q);
	sqlite3_stmt *pids = db_statement(&s->db, S_CLAIMERS);
	bool doomed = false;
	int code = -1;

	while (pids != NULL && !doomed && (code = db_step(&s->db, pids)) == SQLITE_ROW)
		doomed = !claims_process_lives(&s->claims, (pid_t)sqlite3_column_int64(pids, 0));
	if (pids != NULL)
		sqlite3_reset(pids);
	return code == -1 ? QUEUE_ERROR : doomed ? QUEUE_YES : QUEUE_NO;
}

static int
remove_pool(struct sqlite_queue *s, int64_t pool_id)
{
	sqlite3_stmt *remove = db_statement(&s->db, S_POOL_REMOVE);

	if (remove == NULL)
		return -1;
	sqlite3_bind_int64(remove, 1, pool_id);
	return db_run(&s->db, remove);
}

/* The id of a dead pool; 0: none; -1 with the queue's problem. */
static int64_t
find_dead(struct sqlite_queue *s)
{
	sqlite3_stmt *rows = db_statement(&s->db, S_POOLS);
	int64_t dead = 0;
	int code = -1;

	while (rows != NULL && dead == 0 && (code = db_step(&s->db, rows)) == SQLITE_ROW)
		if (!is_alive(s, sqlite3_column_int64(rows, 0)))
			dead = sqlite3_column_int64(rows, 0);
	if (rows != NULL)
		sqlite3_reset(rows);
	return code == -1 ? -1 : dead;
}

static int
remove_dead(struct sqlite_queue *s)
{
	int64_t dead;

	while ((dead = find_dead(s)) > 0)
		if (remove_pool(s, dead) == -1)
			return -1;
	return (int)dead;
}

static enum queue_answer
leave(struct sqlite_queue *s, void *arg)
{
	(void)arg;
	return remove_pool(s, s->pool_id) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

void
sqlite_leave_pool(struct sqlite_queue *s)
{
	if (s->pool_id != 0)
		sqlite_write(s, false, false, leave, NULL);
	s->pool_id = 0;
}

static enum queue_answer
change_slots(struct sqlite_queue *s, void *arg)
{
	sqlite3_stmt *change = db_statement(&s->db, S_POOL_SLOTS);

	if (change == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(change, 1, s->pool_id);
	sqlite3_bind_int64(change, 2, *(unsigned *)arg);
	return db_run(&s->db, change) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static enum queue_answer
join(struct sqlite_queue *s, void *arg)
{
	sqlite3_stmt *add = db_statement(&s->db, S_POOL_ADD);

	if (add == NULL || remove_dead(s) == -1)
		return QUEUE_ERROR;
	sqlite3_bind_int64(add, 1, getpid());
	sqlite3_bind_int64(add, 2, *(unsigned *)arg);
	if (db_run(&s->db, add) == -1)
		return QUEUE_ERROR;
	s->pool_id = sqlite3_last_insert_rowid(s->db.sql);
	claims_take(&s->claims, CLAIM_POOL + (uint64_t)s->pool_id, 1);
	return QUEUE_YES;
}

enum queue_answer
sqlite_register_pool(struct queue *q, unsigned slots)
{
	struct sqlite_queue *s = SELF(q);
	enum queue_answer answer;

	if (s->pool_id != 0)
		return sqlite_write(s, false, true, change_slots, &slots);
	answer = sqlite_write(s, false, true, join, &slots);
	if (answer == QUEUE_ERROR)
		s->pool_id = 0;
	return answer;
}
