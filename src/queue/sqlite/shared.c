/* Invariant: notifications are sent after the commit, without the lock of the database. */
#include "queue/sqlite/shared.h"

#include "queue/sqlite/db-disk.h"

enum queue_answer
sqlite_write(struct sqlite_queue *s, bool durable, bool essential, sqlite_body *body, void *arg)
{
	enum queue_answer answer;

	for (;; essential = false) {
		answer = db_begin(&s->db, durable) == -1 ? QUEUE_ERROR : body(s, arg);
		if (answer == QUEUE_ERROR)
			db_rollback(&s->db);
		else if (db_commit(&s->db) == -1)
			answer = QUEUE_ERROR;
		if (answer != QUEUE_ERROR || !essential || !db_free_space(&s->db))
			return answer;
	}
}

int64_t
sqlite_damaged(struct sqlite_queue *s, const char *what)
{
	queue_error(
	    &s->queue, "its database is damaged (invalid value of %s); move the queue away and create a new one", what);
	return -1;
}

int64_t
sqlite_setting(struct sqlite_queue *s, const char *name)
{
	sqlite3_stmt *get = db_statement(&s->db, S_SETTING);
	int64_t value = -1;
	int code;

	if (get == NULL)
		return -1;
	sqlite3_bind_text(get, 1, name, -1, SQLITE_STATIC);
	code = db_step(&s->db, get);
	if (code == SQLITE_ROW && sqlite3_column_type(get, 0) == SQLITE_INTEGER)
		value = sqlite3_column_int64(get, 0);
	sqlite3_reset(get);
	return code != -1 && value < 0 ? sqlite_damaged(s, name) : value;
}

int
sqlite_set(struct sqlite_queue *s, const char *name, int64_t value)
{
	sqlite3_stmt *set = db_statement(&s->db, S_SET);

	if (set == NULL)
		return -1;
	sqlite3_bind_text(set, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(set, 2, value);
	return db_run(&s->db, set);
}

int64_t
sqlite_count(struct sqlite_queue *s, enum queue_state state)
{
	sqlite3_stmt *count = db_statement(&s->db, S_COUNT);
	int64_t n = -1;
	int code;

	if (count == NULL)
		return -1;
	sqlite3_bind_int(count, 1, (int)state);
	code = db_step(&s->db, count);
	if (code == SQLITE_ROW)
		n = sqlite3_column_int64(count, 0);
	sqlite3_reset(count);
	return code != -1 && n < 0 ? sqlite_damaged(s, "count") : n;
}

int
sqlite_recount(struct sqlite_queue *s, enum queue_state state, int64_t change)
{
	sqlite3_stmt *recount = db_statement(&s->db, S_RECOUNT);

	if (recount == NULL)
		return -1;
	sqlite3_bind_int(recount, 1, (int)state);
	sqlite3_bind_int64(recount, 2, change);
	return db_run(&s->db, recount);
}

int64_t
sqlite_unfinished(struct sqlite_queue *s)
{
	static const enum queue_state states[] = { QUEUE_READY, QUEUE_DELAYED, QUEUE_RUNNING, QUEUE_LEASED };
	int64_t sum = 0, n;

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		n = sqlite_count(s, states[i]);
		if (n == -1)
			return -1;
		sum += n;
	}
	return sum;
}

int64_t
sqlite_find_key(struct sqlite_queue *s, const char *key)
{
	sqlite3_stmt *find = db_statement(&s->db, S_KEY);
	int64_t id = 0;
	int code;

	if (find == NULL)
		return -1;
	sqlite3_bind_text(find, 1, key, -1, SQLITE_STATIC);
	code = db_step(&s->db, find);
	if (code == SQLITE_ROW)
		id = sqlite3_column_int64(find, 0);
	sqlite3_reset(find);
	return code == -1 ? -1 : id;
}

size_t
sqlite_run_length(const struct queue_task *tasks, size_t count)
{
	size_t n = 1;

	while (n < count && tasks[n].id == tasks[0].id + n)
		n++;
	return n;
}

void
sqlite_drop_claims(struct sqlite_queue *s, const struct queue_task *tasks, size_t count)
{
	for (size_t i = 0, n; i < count; i += n) {
		n = sqlite_run_length(tasks + i, count - i);
		claims_drop(&s->claims, tasks[i].id, n);
	}
}

void
sqlite_notify_finished(struct sqlite_queue *s)
{
	bool last = sqlite_unfinished(s) == 0;

	notify_all(s->db.dir_fd, last ? QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE : QUEUE_NOTIFY_FINISHED);
}
