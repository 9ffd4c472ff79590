/* Invariant: a claim's lock is dropped after the commit that ends the claim, never before. */
#include "queue/sqlite/operations.h"

#include <stdio.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "queue/sqlite/result.h"
#include "queue/sqlite/shared.h"

struct ending {
	const struct queue_result *results; /* of finish */
	const struct queue_task *tasks;     /* of drop and release */
	size_t count;
};

/* The error text of a job that failed. */
static void
describe(const struct queue_result *r, char text[64])
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
	sqlite3_stmt *finish = db_statement(&s->db, S_FINISH);
	bool ok = r->outcome == OUTCOME_OK;
	char text[64];

	if (finish == NULL)
		return -1;
	sqlite3_bind_int64(finish, 1, (int64_t)r->id);
	sqlite3_bind_int(finish, 2, ok ? QUEUE_DONE : QUEUE_FAILED);
	sqlite3_bind_int64(finish, 3, now_us);
	describe(r, text);
	if (ok)
		sqlite3_bind_null(finish, 4);
	else
		sqlite3_bind_text(finish, 4, text, -1, SQLITE_TRANSIENT);
	if (db_run(&s->db, finish) == -1)
		return -1;
	/* If the task was not running, its row would never remove the result. */
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
	for (size_t i = 0; i < count; i++) {
		/* The next process that claims it must not find that the job has begun. */
		claims_note(&s->claims, results[i].id, false);
		claims_drop(&s->claims, results[i].id, 1);
	}
	sqlite_notify_finished(s);
	return answer;
}

/* Runs a statement for each run of consecutive ids. The number of rows that it changed; -1 with the queue's problem. */
static int64_t
for_runs(struct sqlite_queue *s, enum db_statement_number number, const struct ending *e)
{
	sqlite3_stmt *statement = db_statement(&s->db, number);
	int64_t changed = 0;

	for (size_t i = 0, n; i < e->count; i += n) {
		n = sqlite_run_length(e->tasks + i, e->count - i);
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
	int64_t removed = for_runs(s, S_DROP, arg);

	return removed == -1 || sqlite_recount(s, QUEUE_RUNNING, -removed) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static enum queue_answer
release_all(struct sqlite_queue *s, void *arg)
{
	return for_runs(s, S_RELEASE, arg) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static enum queue_answer
end_claims(struct sqlite_queue *s, sqlite_body *body, const struct queue_task *tasks, size_t count)
{
	struct ending e = { .tasks = tasks, .count = count };
	enum queue_answer answer = sqlite_write(s, s->config.sync_full, true, body, &e);

	if (answer != QUEUE_ERROR)
		sqlite_drop_claims(s, tasks, count);
	return answer;
}

enum queue_answer
sqlite_drop(struct queue *q, const struct queue_task *tasks, size_t count)
{
	struct sqlite_queue *s = SELF(q);
	enum queue_answer answer = end_claims(s, drop_all, tasks, count);

	if (answer != QUEUE_ERROR)
		sqlite_notify_finished(s);
	return answer;
}

enum queue_answer
sqlite_release(struct queue *q, const struct queue_task *tasks, size_t count)
{
	struct sqlite_queue *s = SELF(q);
	enum queue_answer answer;

	/* A job that was stopped had begun; that is not an attempt. */
	for (size_t i = 0; i < count; i++)
		claims_note(&s->claims, tasks[i].id, false);
	answer = end_claims(s, release_all, tasks, count);
	if (answer != QUEUE_ERROR)
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	return answer;
}
