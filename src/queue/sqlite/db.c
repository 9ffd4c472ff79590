/*
 * Invariants: the lock is held exactly while `writing`, and around opening and closing; nothing that waits for anything but the disk happens under it.
 * Every error leaves a sentence with the queue.
 */
#include "queue/sqlite/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/os.h"

enum {
	BUSY_MS = 20000, /* only a foreign program, sqlite3(1) say, can be in the way */
	BALLAST = 256 << 10,
	CHECKPOINT_PAGES = 1000,             /* in the log, as SQLite has it */
	CHECKPOINT_GROWTH = BALLAST / 4 * 3, /* of the database by what is in the log */
};

#define DATABASE "queue.db"
#define BALLAST_NAME "ballast"

static void
lock(struct db *db)
{
	while (flock(db->lock_fd, LOCK_EX) == -1 && errno == EINTR)
		continue;
}

static void
unlock(struct db *db)
{
	flock(db->lock_fd, LOCK_UN);
}

/* SQLite's last error. */
static int
failed(struct db *db)
{
	int code = sqlite3_extended_errcode(db->sql), what = code & 0xff;
	int why = sqlite3_system_errno(db->sql);

	db->full = what == SQLITE_FULL || (what == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT));
	if (db->full)
		queue_error(db->queue, "the disk is full; make room and try again");
	else if (what == SQLITE_READONLY || what == SQLITE_PERM || what == SQLITE_CANTOPEN)
		queue_error(db->queue,
		    "its database cannot be written (%s); it must be yours, on a disk that is not read-only",
		    why != 0 ? strerror(why) : sqlite3_errmsg(db->sql));
	else if (what == SQLITE_CORRUPT || what == SQLITE_NOTADB)
		queue_error(db->queue, "its database is damaged (%s); move it away and create the queue anew",
		    sqlite3_errmsg(db->sql));
	else if (what == SQLITE_BUSY || what == SQLITE_LOCKED)
		queue_error(db->queue, "another program keeps its database locked; end that one");
	else if (what == SQLITE_TOOBIG)
		queue_error(db->queue,
		    "a task of that size cannot be kept; put it into a file, and the file's name into the queue");
	else
		queue_error(db->queue, "its database: %s%s%s", sqlite3_errmsg(db->sql), why != 0 ? ": " : "",
		    why != 0 ? strerror(why) : "");
	return -1;
}

int
db_exec(struct db *db, const char *text)
{
	return sqlite3_exec(db->sql, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(db);
}

sqlite3_stmt *
db_statement(struct db *db, int number, const char *text)
{
	sqlite3_stmt **s = &db->statements[number];

	if (*s == NULL && sqlite3_prepare_v3(db->sql, text, -1, SQLITE_PREPARE_PERSISTENT, s, NULL) != SQLITE_OK)
		failed(db);
	return *s;
}

int
db_step(struct db *db, sqlite3_stmt *s)
{
	int code = sqlite3_step(s);

	if (code == SQLITE_ROW)
		return code;
	if (code != SQLITE_DONE) {
		failed(db);
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

int
db_begin(struct db *db, bool durable)
{
	lock(db);
	db->full = false;
	if (db->durable != durable &&
	    db_exec(db, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL") == -1) {
		unlock(db);
		return -1;
	}
	db->durable = durable;
	if (db_exec(db, "BEGIN IMMEDIATE") == -1) {
		unlock(db);
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
	/* Some errors have rolled back already. */
	if (!sqlite3_get_autocommit(db->sql))
		sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	db->writing = false;
	unlock(db);
}

int
db_commit(struct db *db)
{
	if (db_exec(db, "COMMIT") == -1) {
		db_rollback(db);
		return -1;
	}
	db->writing = false;
	unlock(db);
	return 0;
}

static void
keep_ballast(struct db *db)
{
	int fd;

	if (faccessat(db->dir_fd, BALLAST_NAME, F_OK, 0) == 0)
		return;
	fd = openat(db->dir_fd, BALLAST_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return;
	/* A part of it would be of no use. */
	if (posix_fallocate(fd, 0, BALLAST) != 0)
		unlinkat(db->dir_fd, BALLAST_NAME, 0);
	close(fd);
}

/* A row of one number. -1 with the queue's problem. */
static int64_t
pragma(struct db *db, const char *text)
{
	sqlite3_stmt *s = NULL;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db->sql, text, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
		failed(db);
	else
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* By how many bytes the file grows when the log is copied into it. */
static int64_t
growth(struct db *db)
{
	int64_t pages = pragma(db, "PRAGMA page_count"), size = pages == -1 ? -1 : pragma(db, "PRAGMA page_size");
	struct stat st;

	return size == -1 || fstatat(db->dir_fd, DATABASE, &st, 0) == -1 ? 0 : pages * size - st.st_size;
}

/*
 * After a commit, under the lock. As SQLite's own, but also before the database has to grow by more than the ballast gives back: else on a full disk the
 * log could be copied no more, and each finished task would make it longer.
 */
static int
checkpoint(void *arg, sqlite3 *sql, const char *name, int log_pages)
{
	if (log_pages >= CHECKPOINT_PAGES || growth(arg) > CHECKPOINT_GROWTH)
		sqlite3_wal_checkpoint_v2(sql, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

/* Copies the log and gives its room back; who reads now does not hold us up. */
static void
empty_log(struct db *db)
{
	lock(db);
	sqlite3_busy_timeout(db->sql, 0);
	sqlite3_wal_checkpoint_v2(db->sql, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(db->sql, BUSY_MS);
	unlock(db);
}

bool
db_make_room(struct db *db)
{
	if (!db->full)
		return false;
	unlinkat(db->dir_fd, BALLAST_NAME, 0);
	empty_log(db);
	return true;
}

static int
check_kind(struct db *db)
{
	int64_t application = pragma(db, "PRAGMA application_id"),
		version = application == -1 ? -1 : pragma(db, "PRAGMA user_version");

	if (application == -1 || version == -1)
		return -1;
	if (application != DB_APPLICATION) {
		queue_error(db->queue, "is no queue: its database is another program's");
		return -1;
	}
	if (version > DB_VERSION) {
		queue_error(db->queue, "was made by a newer qctl (version %lld, this one knows %d); use that one",
		    (long long)version, DB_VERSION);
		return -1;
	}
	return 0;
}

static int
make_schema(struct db *db)
{
	char text[128];

	snprintf(text, sizeof text, "PRAGMA journal_mode = WAL; PRAGMA application_id = %d; PRAGMA user_version = %d",
	    DB_APPLICATION, DB_VERSION);
	return db_exec(db, "PRAGMA synchronous = FULL") == -1 || db_exec(db, db_schema) == -1 || db_exec(db, text) == -1
	    ? -1
	    : 0;
}

/* SQLite would make it with the mode that the umask leaves; its companions have that of the database. */
static int
make_file(struct db *db)
{
	int fd = openat(db->dir_fd, DATABASE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1) {
		queue_error(db->queue, DATABASE ": %s", strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

/* A regular file that is ours; SQLite would follow a link to any other. */
static int
check_file(struct db *db, bool create)
{
	struct stat st;

	if (fstatat(db->dir_fd, DATABASE, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (create && errno == ENOENT)
			return make_file(db);
		queue_error(db->queue, "is no queue: it has no " DATABASE "%s",
		    errno == ENOENT ? "; make one with qctl create" : "");
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		queue_error(db->queue, "is no queue: its " DATABASE " is %s",
		    S_ISREG(st.st_mode) ? "another user's" : "no regular file");
		return -1;
	}
	return 0;
}

static int
open_sql(struct db *db, const char *path, bool create)
{
	char *real = realpath(path, NULL), *name = NULL;
	int flags =
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | (create ? SQLITE_OPEN_CREATE : 0),
	    code;

	if (real == NULL || asprintf(&name, "%s/" DATABASE, real) == -1) {
		queue_error(db->queue, "%s", strerror(errno));
		free(real);
		return -1;
	}
	code = sqlite3_open_v2(name, &db->sql, flags, NULL);
	free(name);
	free(real);
	if (code != SQLITE_OK)
		return failed(db);
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_busy_timeout(db->sql, BUSY_MS);
	sqlite3_wal_hook(db->sql, checkpoint, db);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if ((create ? make_schema(db) : check_kind(db)) == -1)
		return -1;
	/* What SQLite needs for a large statement stays in memory: /var/tmp is on another disk, and may be full. */
	return db_exec(db, "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
}

static int
check_folder(struct db *db)
{
	struct stat st;
	const char *network = os_network_file_system(db->dir_fd);

	if (fstat(db->dir_fd, &st) == -1) {
		queue_error(db->queue, "%s", strerror(errno));
		return -1;
	}
	if (st.st_uid != geteuid()) {
		queue_error(db->queue, "is another user's");
		return -1;
	}
	if (network != NULL) {
		queue_error(db->queue,
		    "is on a network file system (%s), where locks do not hold; put it on a local disk", network);
		return -1;
	}
	return 0;
}

int
db_open(struct db *db, struct queue *q, const char *path, bool create)
{
	const char *why;
	int result;

	*db = (struct db){ .queue = q, .dir_fd = -1, .lock_fd = -1 };
	why = sqlite_load();
	if (why != NULL) {
		queue_error(q, "%s", why);
		return -1;
	}
	db->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (db->dir_fd == -1) {
		queue_error(q, "%s", strerror(errno));
		return -1;
	}
	if (check_folder(db) == -1 || check_file(db, create) == -1) {
		db_close(db);
		return -1;
	}
	db->lock_fd = openat(db->dir_fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
	if (db->lock_fd == -1) {
		queue_error(q, "is no queue: lock: %s", strerror(errno));
		db_close(db);
		return -1;
	}
	lock(db);
	result = open_sql(db, path, create);
	/* The index of the log takes room too. */
	if (result == -1 && db->full && unlinkat(db->dir_fd, BALLAST_NAME, 0) == 0) {
		sqlite3_close(db->sql);
		result = open_sql(db, path, create);
	}
	if (result == 0)
		keep_ballast(db);
	unlock(db);
	if (result == -1)
		db_close(db);
	return result;
}

void
db_close(struct db *db)
{
	if (db->lock_fd != -1)
		lock(db);
	/* Without one SQLite may not be loaded. */
	for (int i = 0; db->sql != NULL && i < DB_MOST_STATEMENTS; i++)
		sqlite3_finalize(db->statements[i]);
	if (db->sql != NULL)
		sqlite3_close(db->sql);
	if (db->lock_fd != -1)
		close(db->lock_fd); /* and with it the lock */
	if (db->dir_fd != -1)
		close(db->dir_fd);
	*db = (struct db){ .queue = db->queue, .dir_fd = -1, .lock_fd = -1 };
}
