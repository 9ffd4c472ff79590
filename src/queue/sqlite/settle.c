/*
 * Invariant: the lock of a claim is taken in the transaction that makes the task RUNNING, and dropped after the one
 * that ends it. So a task that is RUNNING and whose lock is free has lost the process that claimed it.
 */
#include "queue/sqlite/settle.h"

#include "base/clock.h"
#include "sys/os.h"

enum { SETTLE_MS = 100 }; /* while there are ready tasks */

/* The first RUNNING task after that id whose claim is lost. 0: none; -1 with the queue's problem. */
static int64_t
next_orphan(struct sqlite_queue *s, int64_t after)
{
	sqlite3_stmt *running = db_statement(&s->db, S_RUNNING_AFTER);
	int64_t id;
	int code;

	if (running == NULL)
		return -1;
	sqlite3_bind_int64(running, 1, after);
	while ((code = db_step(&s->db, running)) == SQLITE_ROW) {
		id = sqlite3_column_int64(running, 0);
		if (!claims_taken(&s->claims, (uint64_t)id)) {
			sqlite3_reset(running);
			return id;
		}
	}
	return code == SQLITE_DONE ? 0 : -1;
}

int
sqlite_is_unsettled(struct sqlite_queue *s)
{
	sqlite3_stmt *due = db_statement(&s->db, S_DUE);
	int64_t orphan;
	int code;

	if (due == NULL)
		return -1;
	sqlite3_bind_int64(due, 1, os_boot_ns());
	code = db_step(&s->db, due);
	sqlite3_reset(due);
	if (code == -1 || code == SQLITE_ROW)
		return code == -1 ? -1 : 1;
	orphan = next_orphan(s, 0);
	return orphan == -1 ? -1 : orphan != 0;
}

/* A task that was claimed ahead and not begun has made no attempt. */
static int
settle_orphans(struct sqlite_queue *s, int64_t now_us)
{
	sqlite3_stmt *end = db_statement(&s->db, S_END_CLAIM);
	int64_t id = 0;

	if (end == NULL)
		return -1;
	while ((id = next_orphan(s, id)) > 0) {
		sqlite3_bind_int64(end, 1, id);
		sqlite3_bind_int(end, 2, claims_begun(&s->claims, (uint64_t)id));
		sqlite3_bind_int64(end, 3, s->config.max_attempts);
		sqlite3_bind_int64(end, 4, now_us);
		if (db_run(&s->db, end) == -1)
			return -1;
		claims_note(&s->claims, (uint64_t)id, false);
	}
	return (int)id;
}

int
sqlite_settle(struct sqlite_queue *s)
{
	sqlite3_stmt *delays = db_statement(&s->db, S_END_DELAY), *leases = db_statement(&s->db, S_END_LEASE);
	int64_t now_ns = os_boot_ns(), now_us = clock_wall_us();

	if (delays == NULL || leases == NULL)
		return -1;
	sqlite3_bind_int64(delays, 1, now_ns);
	sqlite3_bind_int64(delays, 2, now_us);
	sqlite3_bind_int64(leases, 1, now_ns);
	sqlite3_bind_int64(leases, 2, now_us);
	sqlite3_bind_int64(leases, 3, s->config.max_attempts);
	if (db_run(&s->db, delays) == -1 || db_run(&s->db, leases) == -1 || settle_orphans(s, now_us) == -1)
		return -1;
	s->settled_mono_ns = clock_mono_ns();
	return 0;
}

int
sqlite_settle_in_time(struct sqlite_queue *s)
{
	int64_t ready;

	if (s->settled_mono_ns != 0 && clock_mono_ns() - s->settled_mono_ns < SETTLE_MS * NS_PER_MS) {
		ready = sqlite_count(s, QUEUE_READY);
		if (ready != 0)
			return ready == -1 ? -1 : 0;
	}
	return sqlite_settle(s);
}
