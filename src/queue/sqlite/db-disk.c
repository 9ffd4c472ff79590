/*
 * Invariant: the log never makes the database grow by more than the ballast frees, so that on a full disk it can still
 * be copied.
 */
#include "queue/sqlite/db-disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/owner-only.h"

enum {
	BALLAST = 256 << 10,
	CHECKPOINT_PAGES = 1000,             /* in the log: the default of SQLite */
	CHECKPOINT_GROWTH = BALLAST / 4 * 3, /* bytes by which the log makes the database grow */
};

#define BALLAST_FILE "ballast"

void
db_keep_ballast(struct db *db)
{
	int fd;

	if (faccessat(db->dir_fd, BALLAST_FILE, F_OK, 0) == 0)
		return;
	fd = owner_open(db->dir_fd, BALLAST_FILE, O_WRONLY | O_EXCL);
	if (fd == -1)
		return;
	/* A part of it would be of no use. */
	if (posix_fallocate(fd, 0, BALLAST) != 0)
		unlinkat(db->dir_fd, BALLAST_FILE, 0);
	close(fd);
}

int
db_remove_ballast(struct db *db)
{
	return unlinkat(db->dir_fd, BALLAST_FILE, 0);
}

/* The number of bytes by which the database file grows when the log is copied into it. */
static int64_t
growth(struct db *db)
{
	int64_t pages = db_number(db, "PRAGMA page_count");
	int64_t size = pages == -1 ? -1 : db_number(db, "PRAGMA page_size");
	struct stat st;

	return size == -1 || fstatat(db->dir_fd, DB_FILE, &st, 0) == -1 ? 0 : pages * size - st.st_size;
}

/*
 * After a commit, under the lock. Like SQLite's own, but it also checkpoints before the database has to grow by more
 * than the ballast frees: otherwise, on a full disk, the log could not be copied any more, and each finished task would
 * make it longer.
 */
static int
checkpoint(void *arg, sqlite3 *sql, const char *name, int log_pages)
{
	if (log_pages >= CHECKPOINT_PAGES || growth(arg) > CHECKPOINT_GROWTH)
		sqlite3_wal_checkpoint_v2(sql, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

void
db_watch_log(struct db *db)
{
	sqlite3_wal_hook(db->sql, checkpoint, db);
}

bool
db_free_space(struct db *db)
{
	if (!db->full)
		return false;
	db_remove_ballast(db);
	if (db_lock(db) == -1)
		return false;
	/* Does not wait for readers. */
	sqlite3_busy_timeout(db->sql, 0);
	sqlite3_wal_checkpoint_v2(db->sql, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	db_wait_for_others(db);
	lock_drop(&db->lock);
	return true;
}
