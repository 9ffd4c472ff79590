/*
 * queue-db: the SQLite database of a queue directory: opened, locked, checked, and its errors in words.
 *
 * SQLite 3.7.0 to 3.51.2 may damage a database in WAL mode when one connection checkpoints while another begins the log anew (sqlite.org/wal.html, "The
 * WAL-reset bug"). So everything but reading is done under an exclusive flock(2) of a file beside it: opening, writing with its commit, which may
 * checkpoint, and closing, which may not.
 */
#ifndef QPOOL_QUEUE_DB_H
#define QPOOL_QUEUE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/backend.h"
#include "queue/sqlite/load.h"

/* What is in a new queue's database, and its number; both in queue-schema.c. */
extern const char db_schema[];
enum { DB_APPLICATION = 0x71706f6c /* "qpol" */, DB_VERSION = 1 };

enum { DB_MOST_STATEMENTS = 64 };

struct db {
	struct queue *queue;                          /* whose problem is told */
	sqlite3 *sql;                                 /* owned */
	int dir_fd, lock_fd;                          /* owned */
	bool durable;                                 /* what synchronous is at now */
	bool writing;                                 /* in a transaction, with the lock */
	bool full;                                    /* the last error was that there is no room */
	sqlite3_stmt *statements[DB_MOST_STATEMENTS]; /* owned; by the caller's numbers */
};

/* Opens the queue directory and the database in it. With `create` it makes both files and the schema. -1 with the queue's problem. */
int db_open(struct db *db, struct queue *q, const char *path, bool create);
void db_close(struct db *db);
/* A compiled statement, ready to be bound; `number` is its place. NULL with the queue's problem. */
sqlite3_stmt *db_statement(struct db *db, int number, const char *text);
/* Steps: SQLITE_ROW, SQLITE_DONE, or -1 with the queue's problem. After anything but a row it is reset. */
int db_step(struct db *db, sqlite3_stmt *s);
/* Runs a statement to its end. -1 with the queue's problem. */
int db_run(struct db *db, sqlite3_stmt *s);
/* Text without parameters. -1 with the queue's problem. */
int db_exec(struct db *db, const char *text);

/* Begins to write; `durable`: the commit is to survive a power cut. Waits for the lock. -1 with the queue's problem, and nothing begun. */
int db_begin(struct db *db, bool durable);
/* -1 with the queue's problem: nothing was changed. */
int db_commit(struct db *db);
void db_rollback(struct db *db);
/*
 * For the day the disk is full: gives back the room of a file kept for it, the ballast, and with its help that of the log. true: what failed may be tried
 * once more; false: it had not failed for want of room.
 */
bool db_make_room(struct db *db);

#endif
