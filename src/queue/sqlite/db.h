/*
 * sqlite/db: accesses the database of a queue directory, with prepared statements, transactions under a lock, and
 * errors in words.
 *
 * SQLite 3.7.0 to 3.51.2 may damage a database in WAL mode when one connection checkpoints while another one restarts
 * the log (sqlite.org/wal.html, "The WAL-reset bug"). So everything except reading happens under an exclusive flock(2)
 * on the file "lock" in the same directory: opening; writing, including the commit, which may checkpoint; and closing,
 * which must not checkpoint.
 *
 * A function that returns "-1 with the queue's problem" has called queue_error.
 */
#ifndef QPOOL_SQLITE_DB_H
#define QPOOL_SQLITE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/backend.h"
#include "queue/sqlite/load.h"
#include "queue/sqlite/lock.h"

/* The database within a queue directory. */
#define DB_FILE "queue.db"
#define DB_LOG DB_FILE "-wal"
/* The tables of a new database (schema.c), and the ids in its header. */
extern const char db_schema[];
enum { DB_APPLICATION = 0x71706f6c /* "qpol" */, DB_VERSION = 1 };

enum db_statement_number {
#define STATEMENT(name, text) S_##name,
#include "queue/sqlite/statements.def"
#undef STATEMENT
	DB_STATEMENTS
};

/* Identifies a file while it is open; all 0: unknown. */
struct db_file {
	dev_t dev;
	ino_t ino;
};

struct db {
	struct queue *queue;                 /* borrowed: the queue whose problem is set */
	sqlite3 *sql;                        /* owned */
	int dir_fd;                          /* owned */
	struct db_file directory, file, log; /* the open directory, database and write-ahead log */
	struct db_lock lock;
	int64_t busy_since_mono_ns;              /* start of the wait for another program, such as sqlite3(1) */
	bool durable;                            /* the current setting of synchronous */
	bool writing;                            /* in a transaction, under the lock */
	bool full;                               /* the last error was a full disk */
	bool read_only;                          /* the files cannot be written; operations that only read still work */
	sqlite3_stmt *statements[DB_STATEMENTS]; /* owned; NULL: not used yet */
};

/* Initializes *db, with nothing open. */
void db_init(struct db *db, struct queue *q);
/* Checks that the open directory and file are still at their paths. Returns 0, or -1 with the queue's problem. */
int db_check(struct db *db);
/* Returns a statement of statements.def, ready to bind values to. Returns NULL with the queue's problem on failure. */
sqlite3_stmt *db_statement(struct db *db, enum db_statement_number number);
/*
 * Steps a statement. Returns SQLITE_ROW, SQLITE_DONE, or -1 with the queue's problem. Unless it returns SQLITE_ROW, it
 * has reset the statement.
 */
int db_step(struct db *db, sqlite3_stmt *s);
/*
 * Runs a statement to the end. NULL is allowed, and means that db_statement has failed. Returns 0, or -1 with the
 * queue's problem.
 */
int db_run(struct db *db, sqlite3_stmt *s);
/* Runs SQL without parameters. Returns 0, or -1 with the queue's problem. */
int db_exec(struct db *db, const char *text);
/* Runs SQL without parameters and returns the number that it selects, or -1 with the queue's problem. */
int64_t db_number(struct db *db, const char *text);

/*
 * Waits for the lock and begins a transaction. If `durable`, the commit will survive a power cut. Returns 0, or -1 with
 * the queue's problem.
 */
int db_begin(struct db *db, bool durable);
/*
 * Commits the transaction and drops the lock. Returns 0. If the commit fails, changes nothing and returns -1 with the
 * queue's problem.
 */
int db_commit(struct db *db);
/* Rolls back the transaction, if one was begun. */
void db_rollback(struct db *db);

/*
 * Takes the lock, for db-open.c and db-disk.c, which drop it with lock_drop. Returns 0, or -1 with the queue's problem.
 */
int db_lock(struct db *db);
/*
 * Makes SQLite wait, with the patience of the queue, while another program, such as sqlite3(1), has the database
 * locked. Our own processes use the file "lock" instead.
 */
void db_wait_for_others(struct db *db);
/* Sets the queue's problem to the last error of SQLite. Returns -1. */
int db_failed(struct db *db);
/* Sets the queue's problem from errno, the reason why that file of the queue could not be opened. Returns -1. */
int db_file_failed(struct db *db, const char *file);

#endif
