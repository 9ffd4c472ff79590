/*
 * Invariant: the tasks of one call are claimed, or leased, in one transaction; if it fails no claim and no task is left
 * behind.
 */
#include "queue/sqlite/operations.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/sqlite/settle.h"
#include "queue/sqlite/shared.h"
#include "sys/os.h"

struct taking {
	size_t most, count;
	struct queue_task *tasks;
	bool lease; /* else they are claimed */
	int64_t lease_ns;
	bool more; /* there are ready tasks for others */
};

static void
free_tasks(struct taking *t)
{
	for (size_t i = 0; i < t->count; i++)
		queue_task_free(&t->tasks[i]);
	t->count = 0;
}

static void
untake(struct sqlite_queue *s, struct taking *t)
{
	if (!t->lease)
		sqlite_drop_claims(s, t->tasks, t->count);
	free_tasks(t);
}

/* Claims them all, or none, if another process has a claim on one. */
static bool
claim_all(struct sqlite_queue *s, const struct taking *t)
{
	for (size_t i = 0, n; i < t->count; i += n) {
		n = sqlite_run_length(t->tasks + i, t->count - i);
		if (!claims_take(&s->claims, t->tasks[i].id, n)) {
			sqlite_drop_claims(s, t->tasks, i);
			return false;
		}
	}
	return true;
}

/*
 * Reads ready tasks. claim_each: claims each one, and skips those that another process still has: the table shows a
 * task as ready a moment before a claimer that was stopped drops its lock, and the tasks behind it must not wait for
 * that.
 */
static int
read_ready(struct sqlite_queue *s, struct taking *t, bool claim_each)
{
	sqlite3_stmt *ready = db_statement(&s->db, S_READY_TASKS);
	int code = SQLITE_DONE;

	if (ready == NULL)
		return -1;
	while (t->count < t->most && (code = db_step(&s->db, ready)) == SQLITE_ROW) {
		struct queue_task *task = &t->tasks[t->count];
		const void *bytes = sqlite3_column_blob(ready, 2);

		*task = (struct queue_task){ .id = (uint64_t)sqlite3_column_int64(ready, 0),
			.attempt = (unsigned)sqlite3_column_int(ready, 1) + 1 };
		if (claim_each && !claims_take(&s->claims, task->id, 1))
			continue;
		task->len = (size_t)sqlite3_column_bytes(ready, 2);
		task->bytes = mem_dup(bytes != NULL ? bytes : "", task->len);
		t->count++;
	}
	sqlite3_reset(ready);
	return code == -1 ? -1 : 0;
}

static int
take_ready(struct sqlite_queue *s, struct taking *t)
{
	if (read_ready(s, t, false) == -1) {
		free_tasks(t); /* none of them is claimed */
		return -1;
	}
	if (t->lease || claim_all(s, t))
		return 0;
	free_tasks(t);
	return read_ready(s, t, true);
}

/* One statement for each run of consecutive ids, since one for each row would cost twice as much. */
static int
mark_claimed(struct sqlite_queue *s, const struct taking *t, int64_t now_us)
{
	sqlite3_stmt *claim = db_statement(&s->db, S_CLAIM);
	pid_t pid = getpid();

	for (size_t i = 0, n; i < t->count; i += n) {
		n = sqlite_run_length(t->tasks + i, t->count - i);
		if (claim == NULL)
			return -1;
		sqlite3_bind_int64(claim, 1, (int64_t)t->tasks[i].id);
		sqlite3_bind_int64(claim, 2, (int64_t)t->tasks[i + n - 1].id);
		sqlite3_bind_int64(claim, 3, pid);
		sqlite3_bind_int64(claim, 4, now_us);
		if (db_run(&s->db, claim) == -1)
			return -1;
	}
	if (t->count == 0)
		return 0;
	if (sqlite_recount(s, QUEUE_READY, -(int64_t)t->count) == -1)
		return -1;
	return sqlite_recount(s, QUEUE_RUNNING, (int64_t)t->count);
}

static int
mark_leased(struct sqlite_queue *s, const struct taking *t, int64_t now_us)
{
	sqlite3_stmt *lease = db_statement(&s->db, S_LEASE);
	int64_t until_ns = os_boot_ns() + t->lease_ns;

	for (size_t i = 0; i < t->count; i++) {
		struct queue_task *task = &t->tasks[i];

		if (lease == NULL)
			return -1;
		/* At random, so that nobody ends another's lease by mistake; positive and within 63 bits. */
		task->lease_id = ((uint64_t)arc4random() << 31 | arc4random() >> 1) + 1;
		sqlite3_bind_int64(lease, 1, (int64_t)task->id);
		sqlite3_bind_int64(lease, 2, until_ns);
		sqlite3_bind_int64(lease, 3, (int64_t)task->lease_id);
		sqlite3_bind_int64(lease, 4, now_us);
		if (db_run(&s->db, lease) == -1)
			return -1;
	}
	return 0;
}

static enum queue_answer
take_some(struct sqlite_queue *s, void *arg)
{
	struct taking *t = arg;
	int64_t now_us = clock_wall_us(), closed, unfinished, ready;

	untake(s, t);
	if (sqlite_settle_in_time(s) == -1 || take_ready(s, t) == -1)
		return QUEUE_ERROR;
	if ((t->lease ? mark_leased(s, t, now_us) : mark_claimed(s, t, now_us)) == -1)
		return QUEUE_ERROR;
	ready = sqlite_count(s, QUEUE_READY);
	if (ready == -1)
		return QUEUE_ERROR;
	/* If we could take none, nobody can until a lock is dropped, which causes a notification. */
	t->more = ready > 0 && t->count > 0;
	if (t->count > 0)
		return QUEUE_YES;
	closed = sqlite_setting(s, "closed");
	unfinished = closed == -1 ? -1 : sqlite_unfinished(s);
	if (unfinished == -1)
		return QUEUE_ERROR;
	return closed != 0 && unfinished == 0 ? QUEUE_CLOSED : QUEUE_NO;
}

/* Whether the queue is open and has nothing to take, which is found out without a transaction. */
static bool
is_idle(struct sqlite_queue *s)
{
	return sqlite_count(s, QUEUE_READY) == 0 && sqlite_is_unsettled(s) == 0 && sqlite_setting(s, "closed") == 0;
}

static enum queue_answer
take(struct sqlite_queue *s, struct taking *t, size_t *count)
{
	enum queue_answer answer;

	*count = 0;
	if (db_check(&s->db) == -1)
		return QUEUE_ERROR;
	if (is_idle(s))
		return QUEUE_NO;
	if (!t->lease)
		claims_announce(&s->claims);
	answer = sqlite_write(s, s->config.sync_full, true, take_some, t);
	if (answer == QUEUE_ERROR)
		untake(s, t);
	*count = t->count;
	if (t->more)
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	if (t->count > 0 && s->config.most_ready != 0)
		notify_one(s->db.dir_fd, NOTIFY_SPACE);
	return answer;
}

enum queue_answer
sqlite_claim(struct queue *q, size_t most, struct queue_task *tasks, size_t *count)
{
	struct taking t = { .most = most, .tasks = tasks };

	return take(SELF(q), &t, count);
}

enum queue_answer
sqlite_lease(struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count)
{
	struct taking t = { .most = most, .tasks = tasks, .lease = true, .lease_ns = lease_ns };

	return take(SELF(q), &t, count);
}

void
sqlite_begin(struct queue *q, uint64_t id)
{
	claims_note(&SELF(q)->claims, id, true);
}
