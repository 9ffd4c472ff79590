/*
 * Invariants: only a directory and a database of this user are opened, never through a symbolic link to the database.
 */
#include "queue/sqlite/db-open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/sqlite/db-disk.h"
#include "sys/os.h"
#include "sys/owner-only.h"

enum {
	DB_TABLES = 5,
	LONGEST_PATH = 480, /* of a queue, for SQLite */
};

static const char count_tables[] = "SELECT count(*) FROM sqlite_master"
				   " WHERE name IN ('setting', 'task', 'result', 'consumer', 'count')";

static int
check_kind(struct db *db)
{
	int64_t application = db_number(db, "PRAGMA application_id");
	int64_t version = application == -1 ? -1 : db_number(db, "PRAGMA user_version");
	/* These, unlike the application, are in the database itself from the beginning. */
	int64_t tables = version == -1 ? -1 : db_number(db, count_tables);

	if (tables == -1)
		return -1;
	if (application == 0 && tables == DB_TABLES) {
		queue_error(db->queue,
		    "its database is damaged (" DB_LOG
		    " is missing or was cut off); move the queue away and create a new one");
		return -1;
	}
	if (application != DB_APPLICATION) {
		queue_error(db->queue, "not a queue: its database belongs to another program");
		return -1;
	}
	if (version > DB_VERSION) {
		queue_error(db->queue,
		    "was created by a newer qctl (format version %lld, this qctl reads %d); use that one",
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
	if (db_exec(db, "PRAGMA synchronous = FULL") == -1 || db_exec(db, db_schema) == -1)
		return -1;
	return db_exec(db, text);
}

/* SQLite would create it with the mode that the umask allows. Its companion files get the mode of the database. */
static int
make_file(struct db *db)
{
	int fd = owner_open(db->dir_fd, DB_FILE, O_RDWR | O_EXCL);

	if (fd == -1) {
		queue_error(db->queue, DB_FILE ": %s", strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

/* It must be a regular file of this user, since SQLite would follow a symbolic link to any other. */
static int
check_file(struct db *db, bool create)
{
	struct stat st;

	if (fstatat(db->dir_fd, DB_FILE, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (create && errno == ENOENT)
			return make_file(db);
		return db_file_failed(db, DB_FILE);
	}
	db->file = (struct db_file){ st.st_dev, st.st_ino };
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		queue_error(db->queue, "not a queue: its %s %s", DB_FILE,
		    S_ISREG(st.st_mode) ? "belongs to another user" : "is not a regular file");
		return -1;
	}
	return 0;
}

static int
check_directory(struct db *db)
{
	struct stat st;
	const char *network = os_network_file_system(db->dir_fd);

	if (fstat(db->dir_fd, &st) == -1) {
		queue_error(db->queue, "%s", strerror(errno));
		return -1;
	}
	db->directory = (struct db_file){ st.st_dev, st.st_ino };
	if (st.st_uid != geteuid()) {
		queue_error(db->queue, "permission denied: it belongs to another user");
		return -1;
	}
	if (network != NULL) {
		queue_error(db->queue,
		    "is on a network file system (%s), where locks are not reliable; put it on a local disk", network);
		return -1;
	}
	return 0;
}

static int
keep_name(sqlite3_vfs *vfs, const char *name, int size, char *full)
{
	(void)vfs;
	return snprintf(full, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

/*
 * SQLite opens no path of more than 512 bytes (MAX_PATHNAME in its os_unix.c), with those of its companion files, and
 * replaces links by the path behind them. So a longer one is opened as a file of the open directory, in /proc, by a
 * copy of SQLite's own file layer that leaves paths as they are. NULL: that is impossible.
 */
static const char *
use_short_name(const struct db *db, char **name)
{
	static sqlite3_vfs as_is;
	static const char vfs_name[] = "qpool";

	if (as_is.zName == NULL && sqlite3_vfs_find(NULL) != NULL) {
		as_is = *sqlite3_vfs_find(NULL);
		as_is.pNext = NULL;
		as_is.zName = vfs_name;
		as_is.xFullPathname = keep_name;
		if (sqlite3_vfs_register(&as_is, 0) != SQLITE_OK)
			as_is.zName = NULL;
	}
	free(*name);
	*name = NULL;
	if (asprintf(name, "/proc/self/fd/%d/" DB_FILE, db->dir_fd) == -1)
		*name = NULL;
	return *name == NULL ? NULL : as_is.zName;
}

static int
open_file(struct db *db, const char *path, bool create)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, code;
	char *real = realpath(path, NULL), *name = NULL;
	const char *vfs = NULL;
	bool is_long = real == NULL ? errno == ENAMETOOLONG : strlen(real) > LONGEST_PATH;

	if (real == NULL && !is_long) {
		queue_error(db->queue, "%s", strerror(errno));
		return -1;
	}
	if (is_long)
		vfs = use_short_name(db, &name);
	else if (asprintf(&name, "%s/" DB_FILE, real) == -1)
		name = NULL;
	free(real);
	if (name == NULL || (is_long && (vfs == NULL || access(name, F_OK) == -1))) {
		queue_error(
		    db->queue, "its path is too long to be opened without /proc: at most %d bytes", LONGEST_PATH);
		free(name);
		return -1;
	}
	code = sqlite3_open_v2(name, &db->sql, flags | (create ? SQLITE_OPEN_CREATE : 0), vfs);
	free(name);
	return code == SQLITE_OK ? 0 : db_failed(db);
}

static int
open_database(struct db *db, const char *path, bool create)
{
	struct stat st;

	if (open_file(db, path, create) == -1)
		return -1;
	sqlite3_extended_result_codes(db->sql, 1);
	db_wait_for_others(db);
	db_watch_log(db);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if ((create ? make_schema(db) : check_kind(db)) == -1)
		return -1;
	if (fstatat(db->dir_fd, DB_LOG, &st, AT_SYMLINK_NOFOLLOW) == 0)
		db->log = (struct db_file){ st.st_dev, st.st_ino };
	/* Temporary tables of large statements stay in memory: /var/tmp is on another disk, and may be full. */
	return db_exec(db, "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
}

/*
 * Opens the database, with the ballast in place. A process that only reads does so without the lock if others have it
 * for too long: it neither checkpoints nor restarts the log, which is all that the lock is for.
 */
static int
open_locked(struct db *db, const char *path, bool create)
{
	int result;

	if (db_lock(db) == -1)
		return db->queue->patience.only_reads ? open_database(db, path, false) : -1;
	result = open_database(db, path, create);
	/* On a full disk the index of the log needs space too. */
	if (result == -1 && db->full && db_remove_ballast(db) == 0) {
		sqlite3_close(db->sql);
		result = open_database(db, path, create);
	}
	if (result == 0 && !db->read_only)
		db_keep_ballast(db);
	lock_drop(&db->lock);
	return result;
}

/* Those that only read need no permission to write: flock(2) works anyway. */
static int
open_lock(struct db *db)
{
	int fd = openat(db->dir_fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1 && (errno == EROFS || errno == EACCES) && db->queue->patience.only_reads) {
		fd = openat(db->dir_fd, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		db->read_only = fd != -1;
	}
	return fd;
}

static int
open_files(struct db *db, const char *path, bool create)
{
	db->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (db->dir_fd == -1) {
		queue_error(db->queue, "%s", strerror(errno));
		return -1;
	}
	if (check_directory(db) == -1 || check_file(db, create) == -1)
		return -1;
	db->lock.fd = create ? owner_open(db->dir_fd, "lock", O_RDWR) : open_lock(db);
	if (db->lock.fd == -1)
		return db_file_failed(db, "lock");
	return open_locked(db, path, create);
}

int
db_open(struct db *db, struct queue *q, const char *path, bool create)
{
	const char *why = sqlite_load();
	int result;

	db_init(db, q);
	if (why != NULL) {
		queue_error(q, "%s", why);
		return -1;
	}
	result = open_files(db, path, create);
	if (result == -1)
		db_close(db);
	return result;
}

void
db_close(struct db *db)
{
	/* It writes nothing (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE), so it may close even if it cannot get the lock. */
	if (db->lock.fd != -1)
		lock_take(&db->lock);
	/* If sql is NULL, SQLite may not be loaded. */
	for (int i = 0; db->sql != NULL && i < DB_STATEMENTS; i++)
		sqlite3_finalize(db->statements[i]);
	if (db->sql != NULL)
		sqlite3_close(db->sql);
	lock_drop(&db->lock);
	if (db->lock.fd != -1)
		close(db->lock.fd);
	if (db->dir_fd != -1)
		close(db->dir_fd);
	db_init(db, db->queue);
}
