/* Invariant: a queue that can only be read can still be counted: what it has to settle is then left as it is. */
#include "queue/sqlite/operations.h"

#include <errno.h>
#include <string.h>

#include "queue/sqlite/pools.h"
#include "queue/sqlite/settle.h"
#include "queue/sqlite/shared.h"

/* -- Counting ------------------------------------------------------------------------------------------------------ */

static enum queue_answer
settle(struct sqlite_queue *s, void *arg)
{
	(void)arg;
	return sqlite_settle(s) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

/* The number of tasks that were ever put. -1 with the queue's problem. */
static int64_t
count_put(struct sqlite_queue *s)
{
	sqlite3_stmt *total = db_statement(&s->db, S_PUT_TOTAL);
	int64_t n = 0;
	int code;

	if (total == NULL)
		return -1;
	code = db_step(&s->db, total);
	if (code == SQLITE_ROW)
		n = sqlite3_column_int64(total, 0);
	sqlite3_reset(total);
	return code == -1 ? -1 : n;
}

static int
count_states(struct sqlite_queue *s, struct queue_counts *c)
{
	int64_t n;

	for (int state = 0; state < QUEUE_STATES; state++) {
		n = sqlite_count(s, (enum queue_state)state);
		if (n == -1)
			return -1;
		c->of[state] = (uint64_t)n;
	}
	return 0;
}

static int
read_counts(struct sqlite_queue *s, struct queue_counts *c)
{
	int64_t closed = sqlite_setting(s, "closed");
	int64_t terminated = closed == -1 ? -1 : sqlite_setting(s, "terminated");
	int64_t put = terminated == -1 ? -1 : count_put(s);

	if (put == -1 || count_states(s, c) == -1)
		return -1;
	c->closed = closed != 0;
	c->terminated = (uint64_t)terminated;
	c->most_ready = s->config.most_ready;
	c->put = (uint64_t)put;
	c->finished = c->put - queue_unfinished(c) - c->of[QUEUE_DEAD];
	return sqlite_count_pools(s, c);
}

enum queue_answer
sqlite_counts(struct queue *q, struct queue_counts *c)
{
	struct sqlite_queue *s = SELF(q);
	int unsettled, result;

	if (db_check(&s->db) == -1)
		return QUEUE_ERROR;
	unsettled = sqlite_is_unsettled(s);
	if (unsettled == 1 && sqlite_write(s, false, true, settle, NULL) == QUEUE_YES) {
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
		notify_all(s->db.dir_fd, QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE);
	}
	if (unsettled == -1 || db_exec(&s->db, "BEGIN") == -1)
		return QUEUE_ERROR;
	result = read_counts(s, c);
	if (db_exec(&s->db, "COMMIT") == -1)
		result = -1;
	return result == -1 ? QUEUE_ERROR : QUEUE_YES;
}

enum queue_answer
sqlite_check(struct queue *q)
{
	return db_check(&SELF(q)->db) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

enum queue_answer
sqlite_empty(struct queue *q)
{
	struct queue_counts c = { 0 };

	if (sqlite_counts(q, &c) == QUEUE_ERROR)
		return QUEUE_ERROR;
	return c.of[QUEUE_READY] == 0 ? QUEUE_YES : QUEUE_NO;
}

enum queue_answer
sqlite_wait_in_job(struct queue *q, uint64_t task_id)
{
	struct sqlite_queue *s = SELF(q);
	struct queue_counts c = { 0 };

	if (notify_listen(&s->notify, QUEUE_NOTIFY_STATE, task_id) == -1 && !s->db.read_only)
		return queue_error(q, "waiters: %s", strerror(errno));
	if (sqlite_counts(q, &c) == QUEUE_ERROR)
		return QUEUE_ERROR;
	/* Each slot runs a job that waits until one of the slots is free. */
	return c.consumers > 0 && c.slots > 0 && notify_jobs_waiting(s->db.dir_fd) >= c.slots ? QUEUE_NO : QUEUE_YES;
}

/* -- Changing ------------------------------------------------------------------------------------------------------ */

static enum queue_answer
notify_state(struct sqlite_queue *s, enum queue_answer answer)
{
	if (answer == QUEUE_YES)
		notify_all(s->db.dir_fd, QUEUE_NOTIFY_STATE);
	return answer;
}

static enum queue_answer
set_closed(struct sqlite_queue *s, void *arg)
{
	return sqlite_set(s, "closed", *(bool *)arg) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static enum queue_answer
change_closed(struct sqlite_queue *s, bool closed)
{
	return notify_state(s, sqlite_write(s, true, true, set_closed, &closed));
}

enum queue_answer
sqlite_close(struct queue *q)
{
	return change_closed(SELF(q), true);
}

enum queue_answer
sqlite_reopen(struct queue *q)
{
	return change_closed(SELF(q), false);
}

static enum queue_answer
count_termination(struct sqlite_queue *s, void *arg)
{
	int64_t terminated = sqlite_setting(s, "terminated");

	(void)arg;
	return terminated == -1 || sqlite_set(s, "terminated", terminated + 1) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

enum queue_answer
sqlite_terminate(struct queue *q)
{
	return notify_state(SELF(q), sqlite_write(SELF(q), true, true, count_termination, NULL));
}
