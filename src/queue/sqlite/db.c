/*
 * Invariants: the lock is held exactly while `writing`, and by its callers in db-open.c and db-disk.c; under it nothing
 * waits except for the disk. Every error sets the queue's problem.
 */
#include "queue/sqlite/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "queue/sqlite/states.h"

static const char *const texts[DB_STATEMENTS] = {
#define STATEMENT(name, text) [S_##name] = (text),
#include "queue/sqlite/statements.def"
#undef STATEMENT
};

void
db_init(struct db *db, struct queue *q)
{
	*db = (struct db){ .queue = q, .dir_fd = -1, .lock = { .fd = -1, .patience = &q->patience } };
}

static bool
is_other(const struct db_file *f, const struct stat *st)
{
	return f->ino != 0 && (f->ino != st->st_ino || f->dev != st->st_dev);
}

/*
 * A directory that was only moved is still in use, by those that find it at its new path. The numbers of an open file
 * are not used again for another one.
 */
int
db_check(struct db *db)
{
	const char *name = db->queue->name;
	struct stat st;

	if (db->file.ino == 0)
		return 0;
	if (fstatat(db->dir_fd, DB_FILE, &st, AT_SYMLINK_NOFOLLOW) == -1 ? errno == ENOENT : is_other(&db->file, &st))
		queue_error(db->queue, "it was removed while it was in use");
	else if (db->log.ino != 0 && (fstatat(db->dir_fd, DB_LOG, &st, 0) == -1 || is_other(&db->log, &st)))
		queue_error(
		    db->queue, "its file " DB_LOG " was removed while it was in use; the latest changes are lost");
	else if (name != NULL && stat(name, &st) == 0 && is_other(&db->directory, &st))
		queue_error(db->queue, "it was replaced by another one while it was in use");
	else
		return 0;
	db->queue->gone = true;
	return -1;
}

static void
report_busy(struct db *db)
{
	pid_t owner = lock_owner(&db->lock);
	char name[64] = "";

	if (owner != 0)
		snprintf(name, sizeof name, " (pid %ld)", (long)owner);
	queue_error(db->queue, "another process%s has it locked; if it is stopped, continue or end it", name);
	db->queue->busy = true;
}

int
db_lock(struct db *db)
{
	if (lock_take(&db->lock) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		report_busy(db);
	else
		queue_error(db->queue, "cannot lock it: %s", strerror(errno));
	return -1;
}

/* Whether SQLite tries once more. */
static int
on_busy(void *arg, int tries)
{
	struct db *db = arg;
	struct timespec pause = { .tv_nsec = NS_PER_MS };
	int64_t until;

	if (tries == 0)
		db->busy_since_mono_ns = clock_mono_ns();
	/* As for the lock, but from its own beginning. */
	until =
	    lock_until(&(struct db_lock){ .patience = &db->queue->patience, .since_mono_ns = db->busy_since_mono_ns });
	if (clock_mono_ns() >= until)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

void
db_wait_for_others(struct db *db)
{
	sqlite3_busy_handler(db->sql, on_busy, db);
}

static const char read_only[] = "cannot be changed: it is on a read-only file system";

int
db_file_failed(struct db *db, const char *file)
{
	if (errno == ENOENT)
		queue_error(db->queue, "not a queue: %s not found; make a queue with qctl create", file);
	else if (errno == EROFS)
		queue_error(db->queue, "%s", read_only);
	else
		queue_error(db->queue, "cannot open %s: %s", file, strerror(errno));
	return -1;
}

/* Whether the largest id was given to a row: SQLite reports that like a full disk. */
static bool
ids_are_used(struct db *db)
{
	sqlite3_stmt *s = NULL;
	bool used = sqlite3_prepare_v2(db->sql, "SELECT max(seq) FROM sqlite_sequence", -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int64(s, 0) == INT64_MAX;

	sqlite3_finalize(s);
	return used;
}

static void
report_unwritable(struct db *db, int why)
{
	if (why == EROFS || db->read_only)
		queue_error(db->queue, "%s", read_only);
	else if (why == EACCES || why == EPERM)
		queue_error(db->queue, "cannot write its database (%s); its files must be yours, with mode 0600",
		    strerror(why));
	else
		queue_error(
		    db->queue, "cannot open its database: %s", why != 0 ? strerror(why) : sqlite3_errmsg(db->sql));
}

static void
report_full(struct db *db)
{
	if (ids_are_used(db)) {
		db->full = false;
		queue_error(db->queue, "all its task ids are used; create a new queue");
	} else
		queue_error(db->queue, "the disk is full; free some space and try again");
}

static void
report_locked(struct db *db)
{
	queue_error(db->queue, "timed out: another program keeps its database locked; stop that program");
	db->queue->busy = true;
}

int
db_failed(struct db *db)
{
	int code = sqlite3_extended_errcode(db->sql), kind = code & 0xff, why = sqlite3_system_errno(db->sql);

	/* Its other files may be missing before this one. */
	if (db_check(db) == -1)
		return -1;
	db->full = kind == SQLITE_FULL || (kind == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT));
	if (db->full)
		report_full(db);
	else if (kind == SQLITE_READONLY || kind == SQLITE_PERM || kind == SQLITE_CANTOPEN)
		report_unwritable(db, why);
	else if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
		queue_error(db->queue, "its database is damaged (%s); move the queue away and create a new one",
		    sqlite3_errmsg(db->sql));
	else if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED)
		report_locked(db);
	else if (kind == SQLITE_TOOBIG)
		queue_error(db->queue, "the task is too large; put it into a file, and the file's name into the queue");
	else
		queue_error(db->queue, "its database: %s%s%s", sqlite3_errmsg(db->sql), why != 0 ? ": " : "",
		    why != 0 ? strerror(why) : "");
	return -1;
}

int
db_exec(struct db *db, const char *text)
{
	return sqlite3_exec(db->sql, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : db_failed(db);
}

int64_t
db_number(struct db *db, const char *text)
{
	sqlite3_stmt *s = NULL;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db->sql, text, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
		db_failed(db);
	else
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

sqlite3_stmt *
db_statement(struct db *db, enum db_statement_number number)
{
	sqlite3_stmt **s = &db->statements[number];

	if (*s == NULL &&
	    sqlite3_prepare_v3(db->sql, texts[number], -1, SQLITE_PREPARE_PERSISTENT, s, NULL) != SQLITE_OK)
		db_failed(db);
	return *s;
}

int
db_step(struct db *db, sqlite3_stmt *s)
{
	int code = sqlite3_step(s);

	if (code == SQLITE_ROW)
		return code;
	if (code != SQLITE_DONE) {
		db_failed(db);
		sqlite3_reset(s);
		return -1;
	}
	sqlite3_reset(s);
	return SQLITE_DONE;
}

int
db_run(struct db *db, sqlite3_stmt *s)
{
	int code;

	if (s == NULL)
		return -1;
	while ((code = db_step(db, s)) == SQLITE_ROW)
		continue;
	return code == SQLITE_DONE ? 0 : -1;
}

static int
begin(struct db *db, bool durable)
{
	if (db->durable != durable &&
	    db_exec(db, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL") == -1)
		return -1;
	db->durable = durable;
	return db_exec(db, "BEGIN IMMEDIATE");
}

int
db_begin(struct db *db, bool durable)
{
	db->full = false;
	db->queue->busy = false;
	if (db->read_only)
		queue_error(db->queue, "%s", read_only);
	if (db->read_only || db_check(db) == -1 || db_lock(db) == -1)
		return -1;
	if (begin(db, durable) == -1) {
		lock_drop(&db->lock);
		return -1;
	}
	db->writing = true;
	return 0;
}

void
db_rollback(struct db *db)
{
	if (!db->writing)
		return;
	/* Some errors have rolled it back already. */
	if (!sqlite3_get_autocommit(db->sql))
		sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	db->writing = false;
	lock_drop(&db->lock);
}

int
db_commit(struct db *db)
{
	if (db_exec(db, "COMMIT") == -1) {
		db_rollback(db);
		return -1;
	}
	db->writing = false;
	lock_drop(&db->lock);
	return 0;
}
