/*
 * A task's way through a queue directory.
 *
 * Invariants: a claim's lock is taken in the transaction that makes the task RUNNING, and dropped after the one that ends it; so a task that is RUNNING
 * and whose lock is free has lost its claimer. Bells are rung after the commit, without the lock of the database.
 */
#include "queue/sqlite/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/os.h"

#define SELF(q) ((struct sqlite_queue *)(q))

enum { SETTLE_MS = 100 }; /* between two looks at the claims of others, while there are tasks */

/* -- Settling ------------------------------------------------------------------------------------------------------ */

/* The next RUNNING task, in the order of ids, whose claimer is gone. 0: none; -1 with the queue's problem. */
static int64_t
next_orphan(struct sqlite_queue *s, int64_t after)
{
	sqlite3_stmt *running =
	    db_statement(&s->db, S_RUNNING, "SELECT id FROM task WHERE state = 2 AND id > ? ORDER BY id");
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
	sqlite3_stmt *due =
	    db_statement(&s->db, S_DUE, "SELECT 1 FROM task WHERE state IN (1, 3) AND until_ns <= ? LIMIT 1");
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

static int
settle_orphans(struct sqlite_queue *s, int64_t now_us)
{
	sqlite3_stmt *orphan;
	int64_t id = 0;

	orphan = db_statement(&s->db, S_ORPHAN,
	    "UPDATE task SET attempts = attempts + ?2, state = CASE WHEN attempts + ?2 >= ?3 THEN 6 ELSE 0 END, since_wall_us = ?4, pid = NULL,"
	    " error = CASE WHEN ?2 THEN 'cut short: its pool died' ELSE error END WHERE id = ?1");
	if (orphan == NULL)
		return -1;
	while ((id = next_orphan(s, id)) > 0) {
		/* Claimed ahead and not begun is no attempt. */
		sqlite3_bind_int64(orphan, 1, id);
		sqlite3_bind_int(orphan, 2, claims_begun(&s->claims, (uint64_t)id));
		sqlite3_bind_int64(orphan, 3, s->config.max_attempts);
		sqlite3_bind_int64(orphan, 4, now_us);
		if (db_run(&s->db, orphan) == -1)
			return -1;
		claims_note(&s->claims, (uint64_t)id, false);
	}
	return (int)id;
}

/* `state IN (1, 3)` is there for the index of just these. */
int
sqlite_settle(struct sqlite_queue *s)
{
	sqlite3_stmt *ripen = db_statement(&s->db, S_RIPEN,
	    "UPDATE task SET state = 0, since_wall_us = ?2 WHERE state IN (1, 3) AND state = 1 AND until_ns <= ?1");
	sqlite3_stmt *lapse = db_statement(&s->db, S_LAPSE,
	    "UPDATE task SET attempts = attempts + 1, state = CASE WHEN attempts + 1 >= ?3 THEN 6 ELSE 0 END, since_wall_us = ?2, token = NULL,"
	    " error = 'its lease ran out' WHERE state IN (1, 3) AND state = 3 AND until_ns <= ?1");
	int64_t now_ns = os_boot_ns(), now_us = clock_wall_us();

	if (ripen == NULL || lapse == NULL)
		return -1;
	sqlite3_bind_int64(ripen, 1, now_ns);
	sqlite3_bind_int64(ripen, 2, now_us);
	sqlite3_bind_int64(lapse, 1, now_ns);
	sqlite3_bind_int64(lapse, 2, now_us);
	sqlite3_bind_int64(lapse, 3, s->config.max_attempts);
	if (db_run(&s->db, ripen) == -1 || db_run(&s->db, lapse) == -1 || settle_orphans(s, now_us) == -1)
		return -1;
	s->settled_mono_ns = clock_mono_ns();
	return 0;
}

/* While there are tasks to take it is enough to do so now and then. */
static int
settle_in_time(struct sqlite_queue *s)
{
	if (s->settled_mono_ns != 0 && clock_mono_ns() - s->settled_mono_ns < SETTLE_MS * NS_PER_MS) {
		int64_t ready = sqlite_count(s, QUEUE_READY);

		if (ready != 0)
			return ready == -1 ? -1 : 0;
	}
	return sqlite_settle(s);
}

/* -- Putting ------------------------------------------------------------------------------------------------------- */

struct putting {
	const struct queue_put *tasks;
	size_t count, done;
	uint64_t *ids;
	bool any;
	bool room; /* for others that wait for it */
};

/* The unfinished task of that key: its id; 0: none; -1 with the queue's problem. */
static int64_t
find_key(struct sqlite_queue *s, const char *key)
{
	sqlite3_stmt *find =
	    db_statement(&s->db, S_KEY, "SELECT id FROM task WHERE key = ? AND key IS NOT NULL AND state < 4");
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

/* Its id, or -1 with the queue's problem. */
static int64_t
insert(struct sqlite_queue *s, const struct queue_put *t, int64_t now_ns, int64_t now_us)
{
	sqlite3_stmt *put = db_statement(&s->db, S_PUT,
	    "INSERT INTO task (state, priority, until_ns, until_wall_us, key, put_wall_us, since_wall_us, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)");

	if (put == NULL)
		return -1;
	sqlite3_bind_int(put, 1, t->after_ns > 0 ? QUEUE_DELAYED : QUEUE_READY);
	sqlite3_bind_int(put, 2, t->priority);
	if (t->after_ns > 0) {
		sqlite3_bind_int64(put, 3, t->after_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + t->after_ns);
		sqlite3_bind_int64(put, 4, now_us + t->after_ns / NS_PER_US);
	} else {
		sqlite3_bind_null(put, 3);
		sqlite3_bind_null(put, 4);
	}
	if (t->key != NULL)
		sqlite3_bind_text(put, 5, t->key, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(put, 5);
	sqlite3_bind_int64(put, 6, now_us);
	sqlite3_bind_blob64(put, 7, t->bytes, t->len, SQLITE_STATIC);
	/* Not to keep the bytes of a task bound that is gone. */
	if (db_run(&s->db, put) == -1)
		return -1;
	sqlite3_clear_bindings(put);
	return sqlite3_last_insert_rowid(s->db.sql);
}

/* For how many there is room. -1 with the queue's problem. */
static int64_t
room(struct sqlite_queue *s)
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
	int64_t now_ns = os_boot_ns(), now_us = clock_wall_us(), closed = sqlite_setting(s, "closed"), left = room(s);

	p->done = 0;
	p->any = p->room = false;
	if (closed == -1 || left == -1)
		return QUEUE_ERROR;
	if (closed != 0)
		return QUEUE_CLOSED;
	for (; p->done < p->count; p->done++) {
		const struct queue_put *t = &p->tasks[p->done];
		int64_t id = t->key != NULL ? find_key(s, t->key) : 0;

		if (id == 0) {
			if (left-- == 0)
				return QUEUE_NO;
			id = insert(s, t, now_ns, now_us);
			p->any = true;
		}
		if (id == -1)
			return QUEUE_ERROR;
		p->ids[p->done] = (uint64_t)id;
	}
	p->room = s->config.most_ready != 0 && left > 0;
	return QUEUE_YES;
}

enum queue_answer
sqlite_put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done)
{
	struct sqlite_queue *s = SELF(q);
	struct putting p = { .tasks = tasks, .count = count, .ids = ids };
	enum queue_answer answer = sqlite_write(s, true, false, put_all, &p);

	*done = answer == QUEUE_ERROR || answer == QUEUE_CLOSED ? 0 : p.done;
	if (*done > 0 && p.any)
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	if (answer == QUEUE_YES && p.room)
		notify_one(s->db.dir_fd, NOTIFY_SPACE);
	return answer;
}

/* -- Taking -------------------------------------------------------------------------------------------------------- */

struct taking {
	size_t most, count;
	struct queue_task *tasks;
	bool hold; /* else claimed */
	int64_t lease_ns;
	bool more; /* others may take some */
};

/* How many of them have ids one behind the other: their claims are one lock. */
static size_t
run_of(const struct queue_task *tasks, size_t count)
{
	size_t n = 1;

	while (n < count && tasks[n].id == tasks[0].id + n)
		n++;
	return n;
}

static void
drop_claims(struct sqlite_queue *s, const struct queue_task *tasks, size_t count)
{
	for (size_t i = 0, n; i < count; i += n) {
		n = run_of(tasks + i, count - i);
		claims_drop(&s->claims, tasks[i].id, n);
	}
}

static void
forget_taken(struct taking *t)
{
	for (size_t i = 0; i < t->count; i++)
		queue_task_free(&t->tasks[i]);
	t->count = 0;
}

static void
untake(struct sqlite_queue *s, struct taking *t)
{
	if (!t->hold)
		drop_claims(s, t->tasks, t->count);
	forget_taken(t);
}

/* Claims them all, or none: somebody has one. */
static bool
claim_all(struct sqlite_queue *s, const struct taking *t)
{
	for (size_t i = 0, n; i < t->count; i += n) {
		n = run_of(t->tasks + i, t->count - i);
		if (!claims_take(&s->claims, t->tasks[i].id, n)) {
			drop_claims(s, t->tasks, i);
			return false;
		}
	}
	return true;
}

/* With `claim_each` those that somebody still has are passed over; else none is claimed yet. */
static int
read_ready(struct sqlite_queue *s, struct taking *t, bool claim_each)
{
	sqlite3_stmt *ready = db_statement(
	    &s->db, S_READY, "SELECT id, attempts, bytes FROM task WHERE state = 0 ORDER BY priority DESC, id");
	int code = SQLITE_DONE;

	if (ready == NULL)
		return -1;
	while (t->count < t->most && (code = db_step(&s->db, ready)) == SQLITE_ROW) {
		struct queue_task *task = &t->tasks[t->count];
		const void *bytes = sqlite3_column_blob(ready, 2);

		*task = (struct queue_task){ .id = (uint64_t)sqlite3_column_int64(ready, 0),
			.attempt = (unsigned)sqlite3_column_int(ready, 1) + 1 };
		/* A claimer that was told to stop may still be at it: it is ready in the table a moment before its lock is free. */
		if (claim_each && !claims_take(&s->claims, task->id, 1))
			continue; /* and those behind it are not to wait for that */
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
	int result = read_ready(s, t, false);

	if (result == -1) {
		forget_taken(t); /* none of them is claimed */
		return -1;
	}
	if (t->hold || claim_all(s, t))
		return 0;
	forget_taken(t);
	return read_ready(s, t, true);
}

/* A statement for each run of ids, since each row alone would cost twice as much. */
static int
mark_claimed(struct sqlite_queue *s, const struct taking *t, int64_t now_us)
{
	sqlite3_stmt *claim = db_statement(
	    &s->db, S_CLAIM, "UPDATE task SET state = 2, pid = ?3, since_wall_us = ?4 WHERE id BETWEEN ?1 AND ?2");
	pid_t pid = getpid();

	for (size_t i = 0, n; i < t->count; i += n) {
		n = run_of(t->tasks + i, t->count - i);
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
	return sqlite_recount(s, QUEUE_READY, -(int64_t)t->count) == -1 ||
		sqlite_recount(s, QUEUE_RUNNING, (int64_t)t->count) == -1
	    ? -1
	    : 0;
}

static int
mark_one_held(struct sqlite_queue *s, struct queue_task *task, int64_t until_ns, int64_t now_us)
{
	sqlite3_stmt *hold = db_statement(
	    &s->db, S_HOLD, "UPDATE task SET state = 3, until_ns = ?2, token = ?3, since_wall_us = ?4 WHERE id = ?1");

	if (hold == NULL)
		return -1;
	task->lease_id = ((uint64_t)arc4random() << 31 | arc4random() >> 1) + 1;
	sqlite3_bind_int64(hold, 1, (int64_t)task->id);
	sqlite3_bind_int64(hold, 2, until_ns);
	sqlite3_bind_int64(hold, 3, (int64_t)task->lease_id);
	sqlite3_bind_int64(hold, 4, now_us);
	return db_run(&s->db, hold);
}

static int
mark_held(struct sqlite_queue *s, const struct taking *t, int64_t now_us)
{
	int64_t until_ns = os_boot_ns() + t->lease_ns;

	for (size_t i = 0; i < t->count; i++)
		if (mark_one_held(s, &t->tasks[i], until_ns, now_us) == -1)
			return -1;
	return 0;
}

static enum queue_answer
take_some(struct sqlite_queue *s, void *arg)
{
	struct taking *t = arg;
	int64_t now_us = clock_wall_us(), closed, unfinished, ready;

	untake(s, t);
	if (settle_in_time(s) == -1 || take_ready(s, t) == -1)
		return QUEUE_ERROR;
	if ((t->hold ? mark_held(s, t, now_us) : mark_claimed(s, t, now_us)) == -1)
		return QUEUE_ERROR;
	ready = sqlite_count(s, QUEUE_READY);
	if (ready == -1)
		return QUEUE_ERROR;
	/* What we could not take nobody else can, until its lock is free; then it is rung for. */
	t->more = ready > 0 && t->count > 0;
	if (t->count > 0)
		return QUEUE_YES;
	closed = sqlite_setting(s, "closed");
	unfinished = closed == -1 ? -1 : sqlite_unfinished(s);
	if (unfinished == -1)
		return QUEUE_ERROR;
	return closed != 0 && unfinished == 0 ? QUEUE_CLOSED : QUEUE_NO;
}

static enum queue_answer
take(struct sqlite_queue *s, struct taking *t, size_t *count)
{
	enum queue_answer answer;

	/* To find nothing costs no transaction. */
	if (sqlite_count(s, QUEUE_READY) == 0 && sqlite_is_unsettled(s) == 0) {
		int64_t closed = sqlite_setting(s, "closed");

		*count = 0;
		if (closed == 0)
			return QUEUE_NO;
	}
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
sqlite_hold(struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count)
{
	struct taking t = { .most = most, .tasks = tasks, .hold = true, .lease_ns = lease_ns };

	return take(SELF(q), &t, count);
}

void
sqlite_begin(struct queue *q, uint64_t id)
{
	claims_note(&SELF(q)->claims, id, true);
}

/* -- Ending -------------------------------------------------------------------------------------------------------- */

/* Who waits for a task, or for all, looks; and who waits for a task of a closed queue, when none will come. */
static void
tell_over(struct sqlite_queue *s)
{
	notify_all(s->db.dir_fd,
	    sqlite_unfinished(s) == 0 ? QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE : QUEUE_NOTIFY_FINISHED);
}

/* Of a task that may have been begun: who claims it next is to find no mark of that. */
static void
end_claim(struct sqlite_queue *s, uint64_t id)
{
	claims_note(&s->claims, id, false);
	claims_drop(&s->claims, id, 1);
}

struct ending {
	const struct queue_result *results;
	const struct queue_task *tasks;
	size_t count;
};

static void
describe_end(const struct queue_result *r, char text[64])
{
	if (r->outcome == OUTCOME_FAIL)
		snprintf(text, 64, "exit status %d", WEXITSTATUS(r->wstatus));
	else if (r->outcome == OUTCOME_SIGNAL)
		snprintf(text, 64, "signal %d", WTERMSIG(r->wstatus));
	else
		snprintf(text, 64, "%s", outcome_name(r->outcome));
}

static int
finish_one(struct sqlite_queue *s, const struct queue_result *r, int64_t now_us)
{
	sqlite3_stmt *finish = db_statement(&s->db, S_FINISH,
	    "UPDATE task SET state = ?2, attempts = attempts + 1, since_wall_us = ?3, pid = NULL, error = ?4 WHERE id = ?1 AND state = 2");
	bool ok = r->outcome == OUTCOME_OK;
	char text[64];

	if (finish == NULL)
		return -1;
	sqlite3_bind_int64(finish, 1, (int64_t)r->id);
	sqlite3_bind_int(finish, 2, ok ? QUEUE_DONE : QUEUE_FAILED);
	sqlite3_bind_int64(finish, 3, now_us);
	describe_end(r, text);
	if (ok)
		sqlite3_bind_null(finish, 4);
	else
		sqlite3_bind_text(finish, 4, text, -1, SQLITE_TRANSIENT);
	if (db_run(&s->db, finish) == -1)
		return -1;
	/* What does not run has no result to come: it would be kept for ever. */
	return sqlite3_changes(s->db.sql) == 0 ? 0 : sqlite_keep_result(s, r);
}

static enum queue_answer
finish_all(struct sqlite_queue *s, void *arg)
{
	const struct ending *e = arg;
	int64_t now_us = clock_wall_us();

	for (size_t i = 0; i < e->count; i++)
		if (finish_one(s, &e->results[i], now_us) == -1)
			return QUEUE_ERROR;
	return sqlite_prune(s) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

enum queue_answer
sqlite_finish(struct queue *q, const struct queue_result *results, size_t count)
{
	struct sqlite_queue *s = SELF(q);
	struct ending e = { .results = results, .count = count };
	enum queue_answer answer = sqlite_write(s, s->config.sync_full, true, finish_all, &e);

	if (answer == QUEUE_ERROR)
		return answer;
	for (size_t i = 0; i < count; i++)
		end_claim(s, results[i].id);
	tell_over(s);
	return answer;
}

/* Runs `text` for each run of the tasks' ids. How many rows it changed; -1 with the queue's problem. */
static int64_t
for_runs(struct sqlite_queue *s, int number, const char *text, const struct ending *e)
{
	sqlite3_stmt *statement = db_statement(&s->db, number, text);
	int64_t changed = 0;

	for (size_t i = 0, n; i < e->count; i += n) {
		n = run_of(e->tasks + i, e->count - i);
		if (statement == NULL)
			return -1;
		sqlite3_bind_int64(statement, 1, (int64_t)e->tasks[i].id);
		sqlite3_bind_int64(statement, 2, (int64_t)e->tasks[i + n - 1].id);
		if (db_run(&s->db, statement) == -1)
			return -1;
		changed += sqlite3_changes(s->db.sql);
	}
	return changed;
}

static enum queue_answer
drop_all(struct sqlite_queue *s, void *arg)
{
	int64_t gone = for_runs(s, S_DROP, "DELETE FROM task WHERE id BETWEEN ?1 AND ?2 AND state = 2", arg);

	return gone == -1 || sqlite_recount(s, QUEUE_RUNNING, -gone) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static enum queue_answer
release_all(struct sqlite_queue *s, void *arg)
{
	return for_runs(s, S_RELEASE, "UPDATE task SET state = 0, pid = NULL WHERE id BETWEEN ?1 AND ?2 AND state = 2",
		   arg) == -1
	    ? QUEUE_ERROR
	    : QUEUE_YES;
}

static enum queue_answer
end_claims(struct sqlite_queue *s, sqlite_body *body, const struct queue_task *tasks, size_t count)
{
	struct ending e = { .tasks = tasks, .count = count };
	enum queue_answer answer = sqlite_write(s, s->config.sync_full, true, body, &e);

	if (answer != QUEUE_ERROR)
		drop_claims(s, tasks, count);
	return answer;
}

enum queue_answer
sqlite_drop(struct queue *q, const struct queue_task *tasks, size_t count)
{
	struct sqlite_queue *s = SELF(q);
	enum queue_answer answer = end_claims(s, drop_all, tasks, count);

	if (answer != QUEUE_ERROR)
		tell_over(s);
	return answer;
}

enum queue_answer
sqlite_release(struct queue *q, const struct queue_task *tasks, size_t count)
{
	struct sqlite_queue *s = SELF(q);
	enum queue_answer answer;

	/* One that was broken off was begun; it was no attempt. */
	for (size_t i = 0; i < count; i++)
		claims_note(&s->claims, tasks[i].id, false);
	answer = end_claims(s, release_all, tasks, count);

	if (answer != QUEUE_ERROR)
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	return answer;
}

/* -- Leases -------------------------------------------------------------------------------------------------------- */

struct lease {
	int number;
	const char *text; /* ?1 id, ?2 token, ?3 now: the lease is still ours */
	uint64_t id, token;
	const char *error;
	int64_t lease_ns;
};

static enum queue_answer
change_lease(struct sqlite_queue *s, void *arg)
{
	const struct lease *l = arg;
	sqlite3_stmt *statement = db_statement(&s->db, l->number, l->text);
	int64_t now_ns = os_boot_ns();

	if (statement == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(statement, 1, (int64_t)l->id);
	sqlite3_bind_int64(statement, 2, (int64_t)l->token);
	sqlite3_bind_int64(statement, 3, now_ns);
	if (l->number == S_FAIL) {
		sqlite3_bind_text(statement, 4, l->error, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 5, s->config.max_attempts);
		sqlite3_bind_int64(statement, 6, clock_wall_us());
	}
	if (l->number == S_TOUCH)
		sqlite3_bind_int64(statement, 4, now_ns + l->lease_ns);
	if (db_run(&s->db, statement) == -1)
		return QUEUE_ERROR;
	return sqlite3_changes(s->db.sql) == 1 ? QUEUE_YES : QUEUE_LOST;
}

static enum queue_answer
write_lease(struct sqlite_queue *s, struct lease *l)
{
	enum queue_answer answer = sqlite_write(s, s->config.sync_full, true, change_lease, l);

	if (answer == QUEUE_YES && l->number != S_TOUCH) {
		tell_over(s);
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	}
	return answer;
}

enum queue_answer
sqlite_done(struct queue *q, uint64_t id, uint64_t token)
{
	struct lease l = { .number = S_DONE,
		.id = id,
		.token = token,
		.text = "DELETE FROM task WHERE id = ?1 AND state = 3 AND token = ?2 AND until_ns > ?3" };

	return write_lease(SELF(q), &l);
}

enum queue_answer
sqlite_fail(struct queue *q, uint64_t id, uint64_t token, const char *error)
{
	struct lease l = { .number = S_FAIL,
		.id = id,
		.token = token,
		.error = error,
		.text =
		    "UPDATE task SET attempts = attempts + 1, state = CASE WHEN attempts + 1 >= ?5 THEN 6 ELSE 0 END, token = NULL, error = ?4, since_wall_us = ?6"
		    " WHERE id = ?1 AND state = 3 AND token = ?2 AND until_ns > ?3" };

	return write_lease(SELF(q), &l);
}

enum queue_answer
sqlite_touch(struct queue *q, uint64_t id, uint64_t token, int64_t lease_ns)
{
	struct lease l = { .number = S_TOUCH,
		.id = id,
		.token = token,
		.lease_ns = lease_ns,
		.text = "UPDATE task SET until_ns = ?4 WHERE id = ?1 AND state = 3 AND token = ?2 AND until_ns > ?3" };

	return write_lease(SELF(q), &l);
}
