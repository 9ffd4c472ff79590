/* Invariant: a lease is changed only by a process that names its lease id, before it expires. */
#include "queue/sqlite/operations.h"

#include "base/clock.h"
#include "queue/sqlite/shared.h"
#include "sys/os.h"

struct change {
	enum db_statement_number statement; /* ?1 id, ?2 lease id, ?3 now: it changes a row if the lease is valid */
	uint64_t id, lease_id;
	const char *error; /* of S_LEASE_FAIL */
	int64_t lease_ns;  /* of S_LEASE_TOUCH */
};

static enum queue_answer
change_row(struct sqlite_queue *s, void *arg)
{
	const struct change *c = arg;
	sqlite3_stmt *statement = db_statement(&s->db, c->statement);
	int64_t now_ns = os_boot_ns();

	if (statement == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(statement, 1, (int64_t)c->id);
	sqlite3_bind_int64(statement, 2, (int64_t)c->lease_id);
	sqlite3_bind_int64(statement, 3, now_ns);
	if (c->statement == S_LEASE_FAIL) {
		sqlite3_bind_text(statement, 4, c->error, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 5, s->config.max_attempts);
		sqlite3_bind_int64(statement, 6, clock_wall_us());
	}
	if (c->statement == S_LEASE_TOUCH)
		sqlite3_bind_int64(statement, 4, now_ns + c->lease_ns);
	if (db_run(&s->db, statement) == -1)
		return QUEUE_ERROR;
	return sqlite3_changes(s->db.sql) == 1 ? QUEUE_YES : QUEUE_LOST;
}

static enum queue_answer
end_lease(struct sqlite_queue *s, struct change *c)
{
	enum queue_answer answer = sqlite_write(s, s->config.sync_full, true, change_row, c);

	if (answer == QUEUE_YES) {
		sqlite_notify_finished(s);
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	}
	return answer;
}

enum queue_answer
sqlite_done(struct queue *q, uint64_t id, uint64_t lease_id)
{
	struct change c = { .statement = S_LEASE_DONE, .id = id, .lease_id = lease_id };

	return end_lease(SELF(q), &c);
}

enum queue_answer
sqlite_fail(struct queue *q, uint64_t id, uint64_t lease_id, const char *error)
{
	struct change c = { .statement = S_LEASE_FAIL, .id = id, .lease_id = lease_id, .error = error };

	return end_lease(SELF(q), &c);
}

enum queue_answer
sqlite_touch(struct queue *q, uint64_t id, uint64_t lease_id, int64_t lease_ns)
{
	struct change c = { .statement = S_LEASE_TOUCH, .id = id, .lease_id = lease_id, .lease_ns = lease_ns };

	return sqlite_write(SELF(q), SELF(q)->config.sync_full, true, change_row, &c);
}
