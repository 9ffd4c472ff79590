/*
 * A queue directory as a whole: made, opened, counted, closed, terminated, listened to.
 *
 *     queue.db       the tasks and results (queue-schema.c)
 *     lock           flock(2): who writes to it (queue-db.c)
 *     claims         who has which task (queue-claims.c)
 *     tasks, room    bells; waiters/ pipes for what all are to hear (queue-bell.c)
 *     in             a named pipe for programs that know only echo
 *     results/       outputs too large for the database
 *     ballast        room for the day the disk is full
 *
 * Invariant: a new queue is made beside its name and moved there whole.
 */
#include "queue/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/os.h"
#include "queue/sqlite/private.h"

#define SELF(q) ((struct sqlite_queue *)(q))

enum { AGAIN_MS = 1000 };

static const struct queue_ops ops;

/* -- What the other files use --------------------------------------------------------------------------------------- */

enum queue_answer
sqlite_write(struct sqlite_queue *s, bool durable, bool must, sqlite_body *body, void *arg)
{
	enum queue_answer answer;

	for (;; must = false) {
		answer = db_begin(&s->db, durable) == -1 ? QUEUE_ERROR : body(s, arg);
		if (answer == QUEUE_ERROR)
			db_rollback(&s->db);
		else if (db_commit(&s->db) == -1)
			answer = QUEUE_ERROR;
		if (answer != QUEUE_ERROR || !must || !db_make_room(&s->db))
			return answer;
	}
}

static int64_t
damaged(struct sqlite_queue *s, const char *what)
{
	queue_error(&s->queue,
	    "its database is damaged (%s is no number that it can be); move it away and create the queue anew", what);
	return -1;
}

int64_t
sqlite_setting(struct sqlite_queue *s, const char *name)
{
	sqlite3_stmt *get = db_statement(&s->db, S_SETTING, "SELECT value FROM setting WHERE name = ?");
	int64_t value = -1;
	int code;

	if (get == NULL)
		return -1;
	sqlite3_bind_text(get, 1, name, -1, SQLITE_STATIC);
	code = db_step(&s->db, get);
	if (code == SQLITE_ROW && sqlite3_column_type(get, 0) == SQLITE_INTEGER)
		value = sqlite3_column_int64(get, 0);
	sqlite3_reset(get);
	return code != -1 && value < 0 ? damaged(s, name) : value;
}

int
sqlite_set(struct sqlite_queue *s, const char *name, int64_t value)
{
	sqlite3_stmt *set = db_statement(&s->db, S_SET, "INSERT OR REPLACE INTO setting VALUES (?, ?)");

	if (set == NULL)
		return -1;
	sqlite3_bind_text(set, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(set, 2, value);
	return db_run(&s->db, set);
}

int64_t
sqlite_count(struct sqlite_queue *s, enum queue_state state)
{
	sqlite3_stmt *count = db_statement(&s->db, S_COUNT, "SELECT n FROM count WHERE state = ?");
	int64_t n = -1;
	int code;

	if (count == NULL)
		return -1;
	sqlite3_bind_int(count, 1, (int)state);
	code = db_step(&s->db, count);
	if (code == SQLITE_ROW)
		n = sqlite3_column_int64(count, 0);
	sqlite3_reset(count);
	return code != -1 && n < 0 ? damaged(s, "count") : n;
}

int
sqlite_recount(struct sqlite_queue *s, enum queue_state state, int64_t by)
{
	sqlite3_stmt *recount = db_statement(&s->db, S_RECOUNT, "UPDATE count SET n = n + ?2 WHERE state = ?1");

	if (recount == NULL)
		return -1;
	sqlite3_bind_int(recount, 1, (int)state);
	sqlite3_bind_int64(recount, 2, by);
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

/* -- Opening -------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	size_t at;
} configured[] = { { "most_ready", 0 }, { "max_attempts", 1 }, { "keep_tasks", 2 }, { "keep_ns", 3 },
	{ "sync_full", 4 } };

enum { CONFIGURED = sizeof configured / sizeof configured[0] };

/* As numbers that the database can keep. */
static void
flatten(const struct queue_config *c, int64_t values[CONFIGURED])
{
	values[0] = (int64_t)c->most_ready;
	values[1] = c->max_attempts;
	values[2] = c->keep_tasks > INT64_MAX ? INT64_MAX : (int64_t)c->keep_tasks;
	values[3] = c->keep_ns;
	values[4] = c->sync_full;
}

static int
read_config(struct sqlite_queue *s)
{
	int64_t values[CONFIGURED];

	for (int i = 0; i < CONFIGURED; i++) {
		values[i] = sqlite_setting(s, configured[i].name);
		if (values[i] == -1)
			return -1;
	}
	if (values[1] == 0 || values[1] > UINT_MAX)
		return (int)damaged(s, configured[1].name);
	s->config = (struct queue_config){ .most_ready = (uint64_t)values[0],
		.max_attempts = (unsigned)values[1],
		.keep_tasks = values[2] == INT64_MAX ? UINT64_MAX : (uint64_t)values[2],
		.keep_ns = values[3],
		.sync_full = values[4] != 0 };
	return 0;
}

/* Times of os_boot_ns of an earlier start of the system mean nothing: its leases are over, and delays go by the clock on the wall. */
static enum queue_answer
convert_times(struct sqlite_queue *s, void *arg)
{
	sqlite3_stmt *reboot = db_statement(&s->db, S_REBOOT,
	    "UPDATE task SET until_ns = CASE state WHEN 3 THEN 0 ELSE ?1 + max(0, until_wall_us - ?2) * 1000 END WHERE state IN (1, 3)");
	sqlite3_stmt *set = db_statement(&s->db, S_SET, "INSERT OR REPLACE INTO setting VALUES (?, ?)");

	if (reboot == NULL || set == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(reboot, 1, os_boot_ns());
	sqlite3_bind_int64(reboot, 2, clock_wall_us());
	sqlite3_bind_text(set, 1, "boot", -1, SQLITE_STATIC);
	sqlite3_bind_text(set, 2, arg, -1, SQLITE_STATIC);
	return db_run(&s->db, reboot) == -1 || db_run(&s->db, set) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static int
check_boot(struct sqlite_queue *s)
{
	sqlite3_stmt *get = db_statement(&s->db, S_SETTING, "SELECT value FROM setting WHERE name = ?");
	char now[64], then[64] = "";
	int code;

	if (get == NULL)
		return -1;
	os_boot_id(now);
	sqlite3_bind_text(get, 1, "boot", -1, SQLITE_STATIC);
	code = db_step(&s->db, get);
	if (code == SQLITE_ROW && sqlite3_column_text(get, 0) != NULL)
		snprintf(then, sizeof then, "%s", (const char *)sqlite3_column_text(get, 0));
	sqlite3_reset(get);
	if (code == -1)
		return -1;
	return strcmp(now, then) == 0 || sqlite_write(s, false, true, convert_times, now) != QUEUE_ERROR ? 0 : -1;
}

static struct sqlite_queue *
new_queue(const char *name)
{
	struct sqlite_queue *s = mem_alloc(sizeof *s);

	s->queue = (struct queue){ .ops = &ops, .name = mem_strdup(name) };
	s->claims = (struct claims){ -1, -1 };
	s->feed_fd = -1;
	s->db = (struct db){ .queue = &s->queue, .dir_fd = -1, .lock_fd = -1 };
	notify_init(&s->notify, -1);
	return s;
}

static enum queue_answer
leave(struct sqlite_queue *s, void *arg)
{
	sqlite3_stmt *gone = db_statement(&s->db, S_LEAVE, "DELETE FROM consumer WHERE id = ?");

	(void)arg;
	if (gone == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(gone, 1, s->consumer);
	return db_run(&s->db, gone) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static void
free_queue(struct queue *q)
{
	struct sqlite_queue *s = SELF(q);

	/* If it fails the next to serve sees that the lock is free. */
	if (s->consumer != 0)
		sqlite_write(s, false, false, leave, NULL);
	if (s->feed_fd != -1)
		close(s->feed_fd);
	notify_free(&s->notify);
	claims_close(&s->claims);
	db_close(&s->db);
}

/* Frees a queue that the front does not know. */
static void
discard(struct sqlite_queue *s)
{
	free_queue(&s->queue);
	free(s->queue.name);
	free(s);
}

struct queue *
queue_sqlite_open(const char *name, char *problem, size_t size)
{
	struct sqlite_queue *s = new_queue(name);

	if (db_open(&s->db, &s->queue, name, false) == 0 && read_config(s) == 0 && check_boot(s) == 0) {
		notify_init(&s->notify, s->db.dir_fd);
		if (claims_open(&s->claims, s->db.dir_fd) == 0)
			return &s->queue;
		queue_error(&s->queue, "is no queue: claims: %s", strerror(errno));
	}
	snprintf(problem, size, "%s", s->queue.problem);
	discard(s);
	return NULL;
}

/* -- Making --------------------------------------------------------------------------------------------------------- */

static enum queue_answer
write_config(struct sqlite_queue *s, void *arg)
{
	int64_t values[CONFIGURED];

	flatten(arg, values);
	for (int i = 0; i < CONFIGURED; i++)
		if (sqlite_set(s, configured[i].name, values[i]) == -1)
			return QUEUE_ERROR;
	return QUEUE_YES;
}

static int
make_files(int dir_fd)
{
	if (mkfifoat(dir_fd, "in", 0600) == -1 || mkdirat(dir_fd, "results", 0700) == -1)
		return -1;
	return claims_create(dir_fd) == -1 || notify_create(dir_fd) == -1 || fsync(dir_fd) == -1 ? -1 : 0;
}

static void
remove_new(const char *path)
{
	static const char *const names[] = { "queue.db", "queue.db-wal", "queue.db-shm", "lock", "claims", "tasks",
		"room", "in", "ballast" };
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		return;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlinkat(fd, names[i], 0);
	unlinkat(fd, "results", AT_REMOVEDIR);
	unlinkat(fd, "waiters", AT_REMOVEDIR);
	close(fd);
	rmdir(path);
}

/* All of a queue, at a path that nobody else knows. */
static int
make_at(const char *path, const struct queue_config *config, char *problem, size_t size)
{
	struct sqlite_queue *s;
	int result = -1;

	if (mkdir(path, 0700) == -1) {
		snprintf(problem, size, "%s", strerror(errno));
		return -1;
	}
	s = new_queue(path);
	if (db_open(&s->db, &s->queue, path, true) == 0 &&
	    sqlite_write(s, true, false, write_config, (void *)(uintptr_t)config) != QUEUE_ERROR) {
		result = make_files(s->db.dir_fd);
		if (result == -1)
			queue_error(&s->queue, "%s", strerror(errno));
	}
	snprintf(problem, size, "%s", s->queue.problem);
	discard(s);
	return result;
}

static bool
is_same(const char *name, const struct queue_config *config)
{
	char problem[512];
	struct queue *q = queue_sqlite_open(name, problem, sizeof problem);
	int64_t is[CONFIGURED], wanted[CONFIGURED];

	if (q == NULL)
		return false;
	flatten(&SELF(q)->config, is);
	flatten(config, wanted);
	discard(SELF(q));
	return memcmp(is, wanted, sizeof is) == 0;
}

/* The name is to survive a power cut, as what is put into it will. */
static void
sync_parent(const char *path)
{
	char *copy = mem_strdup(path), *slash = strrchr(copy, '/');
	int fd;

	if (slash != NULL)
		slash[slash == copy ? 1 : 0] = '\0';
	fd = open(slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

enum queue_answer
queue_sqlite_create(const char *name, const struct queue_config *config, bool again, char *problem, size_t size)
{
	char path[PATH_MAX];
	struct stat st;
	size_t len = strlen(name);

	if (lstat(name, &st) == 0) {
		snprintf(problem, size,
		    again ? "exists, and is no queue of these options"
			  : "exists; -f lets it be if it is a queue of the same options");
		return again && is_same(name, config) ? QUEUE_YES : QUEUE_NO;
	}
	while (len > 1 && name[len - 1] == '/')
		len--;
	if (len == 0 ||
	    (size_t)snprintf(path, sizeof path, "%.*s.new-%ld", (int)len, name, (long)getpid()) >= sizeof path) {
		snprintf(problem, size, "%s", strerror(len == 0 ? ENOENT : ENAMETOOLONG));
		return QUEUE_ERROR;
	}
	remove_new(path); /* of a process of this number that was killed */
	if (make_at(path, config, problem, size) == -1) {
		remove_new(path);
		return QUEUE_ERROR;
	}
	if (rename(path, name) == -1) {
		bool exists = errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR;

		snprintf(problem, size, exists ? "exists" : "%s", strerror(errno));
		remove_new(path);
		return exists && again && is_same(name, config) ? QUEUE_YES : exists ? QUEUE_NO : QUEUE_ERROR;
	}
	sync_parent(name);
	return QUEUE_YES;
}

/* -- Counting ------------------------------------------------------------------------------------------------------- */

static enum queue_answer
settle(struct sqlite_queue *s, void *arg)
{
	(void)arg;
	return sqlite_settle(s) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static int
count_consumers(struct sqlite_queue *s, struct queue_counts *c)
{
	sqlite3_stmt *rows = db_statement(&s->db, S_CONSUMERS, "SELECT id, slots FROM consumer");
	bool unbounded = false;
	int code;

	if (rows == NULL)
		return -1;
	while ((code = db_step(&s->db, rows)) == SQLITE_ROW) {
		if (!claims_taken(&s->claims, CLAIM_CONSUMER + (uint64_t)sqlite3_column_int64(rows, 0)))
			continue;
		c->consumers++;
		c->slots += (unsigned)sqlite3_column_int(rows, 1);
		unbounded = unbounded || sqlite3_column_int(rows, 1) == 0;
	}
	if (unbounded)
		c->slots = 0;
	return code == -1 ? -1 : 0;
}

static int
read_counts(struct sqlite_queue *s, struct queue_counts *c)
{
	sqlite3_stmt *total = db_statement(&s->db, S_PUT_TOTAL, "SELECT seq FROM sqlite_sequence WHERE name = 'task'");
	int64_t n, closed = sqlite_setting(s, "closed"),
		   terminated = closed == -1 ? -1 : sqlite_setting(s, "terminated");
	int code;

	if (terminated == -1 || total == NULL)
		return -1;
	c->closed = closed != 0;
	c->terminated = (uint64_t)terminated;
	c->most_ready = s->config.most_ready;
	for (int state = 0; state < QUEUE_STATES; state++) {
		n = sqlite_count(s, (enum queue_state)state);
		if (n == -1)
			return -1;
		c->of[state] = (uint64_t)n;
	}
	code = db_step(&s->db, total);
	if (code == SQLITE_ROW)
		c->put = (uint64_t)sqlite3_column_int64(total, 0);
	sqlite3_reset(total);
	c->finished = c->put - queue_unfinished(c) - c->of[QUEUE_DEAD];
	return code == -1 ? -1 : count_consumers(s, c);
}

static enum queue_answer
counts(struct queue *q, struct queue_counts *c)
{
	struct sqlite_queue *s = SELF(q);
	int unsettled = sqlite_is_unsettled(s), result;

	/* A queue that can be read only is counted as it is. */
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

static enum queue_answer
empty(struct queue *q)
{
	struct queue_counts c = { 0 };

	if (counts(q, &c) == QUEUE_ERROR)
		return QUEUE_ERROR;
	return c.of[QUEUE_READY] == 0 ? QUEUE_YES : QUEUE_NO;
}

/* -- Its state ------------------------------------------------------------------------------------------------------ */

static enum queue_answer
set_closed(struct sqlite_queue *s, void *arg)
{
	return sqlite_set(s, "closed", *(bool *)arg) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static enum queue_answer
change_closed(struct sqlite_queue *s, bool closed)
{
	enum queue_answer answer = sqlite_write(s, true, true, set_closed, &closed);

	if (answer == QUEUE_YES)
		notify_all(s->db.dir_fd, QUEUE_NOTIFY_STATE);
	return answer;
}

static enum queue_answer
close_queue(struct queue *q)
{
	return change_closed(SELF(q), true);
}

static enum queue_answer
reopen(struct queue *q)
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

static enum queue_answer
terminate(struct queue *q)
{
	struct sqlite_queue *s = SELF(q);
	enum queue_answer answer = sqlite_write(s, true, true, count_termination, NULL);

	if (answer == QUEUE_YES)
		notify_all(s->db.dir_fd, QUEUE_NOTIFY_STATE);
	return answer;
}

/* -- Serving and waiting -------------------------------------------------------------------------------------------- */

static int
remove_dead_consumers(struct sqlite_queue *s)
{
	sqlite3_stmt *rows = db_statement(&s->db, S_CONSUMERS, "SELECT id, slots FROM consumer");
	int64_t dead = 0, own = s->consumer;
	int code, result = 0;

	while (rows != NULL && result == 0) {
		dead = 0;
		while ((code = db_step(&s->db, rows)) == SQLITE_ROW && dead == 0)
			if (!claims_taken(&s->claims, CLAIM_CONSUMER + (uint64_t)sqlite3_column_int64(rows, 0)))
				dead = sqlite3_column_int64(rows, 0);
		sqlite3_reset(rows);
		if (code == -1 || dead == 0)
			return code == -1 ? -1 : 0;
		s->consumer = dead;
		result = leave(s, NULL) == QUEUE_ERROR ? -1 : 0;
		s->consumer = own;
	}
	return -1;
}

static enum queue_answer
change_slots(struct sqlite_queue *s, void *arg)
{
	sqlite3_stmt *change = db_statement(&s->db, S_SLOTS, "UPDATE consumer SET slots = ?2 WHERE id = ?1");

	if (change == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(change, 1, s->consumer);
	sqlite3_bind_int64(change, 2, *(unsigned *)arg);
	return db_run(&s->db, change) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

static enum queue_answer
join(struct sqlite_queue *s, void *arg)
{
	sqlite3_stmt *put = db_statement(&s->db, S_JOIN, "INSERT INTO consumer (pid, slots) VALUES (?, ?)");

	if (put == NULL || remove_dead_consumers(s) == -1)
		return QUEUE_ERROR;
	sqlite3_bind_int64(put, 1, getpid());
	sqlite3_bind_int64(put, 2, *(unsigned *)arg);
	if (db_run(&s->db, put) == -1)
		return QUEUE_ERROR;
	s->consumer = sqlite3_last_insert_rowid(s->db.sql);
	claims_take(&s->claims, CLAIM_CONSUMER + (uint64_t)s->consumer, 1);
	return QUEUE_YES;
}

static enum queue_answer
register_pool(struct queue *q, unsigned slots)
{
	struct sqlite_queue *s = SELF(q);
	enum queue_answer answer;

	if (s->consumer != 0)
		return sqlite_write(s, false, true, change_slots, &slots);
	answer = sqlite_write(s, false, true, join, &slots);
	if (answer == QUEUE_ERROR)
		s->consumer = 0;
	return answer;
}

static enum queue_answer
wait_in_job(struct queue *q, uint64_t task_id)
{
	struct sqlite_queue *s = SELF(q);
	struct queue_counts c = { 0 };

	if (notify_listen(&s->notify, QUEUE_NOTIFY_STATE, task_id) == -1)
		return queue_error(q, "waiters: %s", strerror(errno));
	if (counts(q, &c) == QUEUE_ERROR)
		return QUEUE_ERROR;
	/* Each slot's worker waits for one of the slots to become free. */
	return c.consumers > 0 && c.slots > 0 && notify_jobs_waiting(s->db.dir_fd) >= c.slots ? QUEUE_NO : QUEUE_YES;
}

static int
listen_to(struct queue *q, unsigned kinds)
{
	struct sqlite_queue *s = SELF(q);
	unsigned told = kinds & (QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE);

	if (((kinds & QUEUE_NOTIFY_TASKS) != 0 && notify_listen_shared(&s->notify, NOTIFY_TASKS) == -1) ||
	    ((kinds & QUEUE_NOTIFY_SPACE) != 0 && notify_listen_shared(&s->notify, NOTIFY_SPACE) == -1) ||
	    (told != 0 && notify_listen(&s->notify, told, s->notify.task_id) == -1)) {
		queue_error(q, "cannot be waited for: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static void
fds(const struct queue *q, int fd[QUEUE_FDS])
{
	const struct sqlite_queue *s = (const struct sqlite_queue *)q;

	fd[0] = s->notify.shared_fd[NOTIFY_TASKS];
	fd[1] = s->notify.shared_fd[NOTIFY_SPACE];
	fd[2] = s->notify.own_fd;
}

static void
take_notifications(struct queue *q)
{
	notify_take(&SELF(q)->notify);
}

static int64_t
recheck_ns(struct queue *q)
{
	struct sqlite_queue *s = SELF(q);
	sqlite3_stmt *next = db_statement(&s->db, S_NEXT_DUE, "SELECT min(until_ns) FROM task WHERE state IN (1, 3)");
	int64_t least = AGAIN_MS * NS_PER_MS, wait_ns;

	if (next == NULL || db_step(&s->db, next) != SQLITE_ROW)
		return least;
	wait_ns = sqlite3_column_int64(next, 0) - os_boot_ns();
	if (sqlite3_column_type(next, 0) != SQLITE_NULL && wait_ns < least)
		least = wait_ns < NS_PER_MS ? NS_PER_MS : wait_ns;
	sqlite3_reset(next);
	return least;
}

static int
keeper_fd(const struct queue *q)
{
	return ((const struct sqlite_queue *)q)->claims.fd;
}

static int
feed_fd(struct queue *q)
{
	struct sqlite_queue *s = SELF(q);
	int why;

	if (s->feed_fd != -1)
		return s->feed_fd;
	if (!claims_take(&s->claims, CLAIM_FEEDER, 1)) {
		queue_error(q, "another process reads its pipe, in; there can be only one");
		errno = EBUSY;
		return -1;
	}
	/* O_RDWR: there is no end of file when the last writer goes. */
	s->feed_fd = pipe_open(s->db.dir_fd, "in", O_RDWR | O_NOFOLLOW);
	if (s->feed_fd == -1) {
		why = errno;
		claims_drop(&s->claims, CLAIM_FEEDER, 1);
		queue_error(q, "its pipe, in: %s", strerror(why));
		errno = why;
	}
	return s->feed_fd;
}

static const struct queue_ops ops = {
	.kind = "a queue directory",
	.put = sqlite_put,
	.claim = sqlite_claim,
	.lease = sqlite_hold,
	.begin = sqlite_begin,
	.finish = sqlite_finish,
	.drop = sqlite_drop,
	.release = sqlite_release,
	.done = sqlite_done,
	.fail = sqlite_fail,
	.touch = sqlite_touch,
	.counts = counts,
	.empty = empty,
	.look = sqlite_look,
	.list = sqlite_list,
	.result = sqlite_result,
	.retry = sqlite_retry,
	.purge = sqlite_purge,
	.close = close_queue,
	.reopen = reopen,
	.terminate = terminate,
	.register_pool = register_pool,
	.wait_in_job = wait_in_job,
	.listen = listen_to,
	.fds = fds,
	.take_notifications = take_notifications,
	.recheck_ns = recheck_ns,
	.keeper_fd = keeper_fd,
	.feed_fd = feed_fd,
	.free = free_queue,
};
