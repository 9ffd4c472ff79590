/*
 * sqlite/db: the database of a queue directory: statements, transactions under a lock, and errors in words.
 *
 * SQLite 3.7.0 to 3.51.2 may damage a database in WAL mode when one connection checkpoints while another one restarts
 * the log (sqlite.org/wal.html, "The WAL-reset bug"). So everything except reading happens under an exclusive flock(2)
 * of a file beside it: opening; writing with its commit, which may checkpoint; and closing, which may not.
 *
 * All functions with "-1 with the queue's problem" set it with queue_error.
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

/* What tells a file from every other one, while it is open; all 0: unknown. */
struct db_file {
	dev_t dev;
	ino_t ino;
};

struct db {
	struct queue *queue;                 /* borrowed: whose problem is set */
	sqlite3 *sql;                        /* owned */
	int dir_fd;                          /* owned */
	struct db_file directory, file, log; /* those that are open */
	struct db_lock lock;
	int64_t busy_since_mono_ns;              /* of the wait for another program, such as sqlite3(1) */
	bool durable;                            /* the current setting of synchronous */
	bool writing;                            /* in a transaction, under the lock */
	bool full;                               /* the last error was a full disk */
	bool read_only;                          /* its files cannot be written; only for those that only read */
	sqlite3_stmt *statements[DB_STATEMENTS]; /* owned; NULL: not used yet */
};

/* Nothing is open. */
void db_init(struct db *db, struct queue *q);
/* Are the open directory and file still those at their paths? -1 with the queue's problem. */
int db_check(struct db *db);
/* A statement of statements.def, ready to be bound. NULL with the queue's problem. */
sqlite3_stmt *db_statement(struct db *db, enum db_statement_number number);
/* Steps: SQLITE_ROW, SQLITE_DONE, or -1 with the queue's problem. After anything but a row the statement is reset. */
int db_step(struct db *db, sqlite3_stmt *s);
/* Runs a statement to its end; NULL fails. -1 with the queue's problem. */
int db_run(struct db *db, sqlite3_stmt *s);
/* Runs SQL without parameters. -1 with the queue's problem. */
int db_exec(struct db *db, const char *text);
/* The number that such SQL returns. -1 with the queue's problem. */
int64_t db_number(struct db *db, const char *text);

/*
 * Waits for the lock and begins a transaction; durable: its commit survives a power cut. -1 with the queue's problem.
 */
int db_begin(struct db *db, bool durable);
/* -1 with the queue's problem: nothing was changed. */
int db_commit(struct db *db);
/* Ends a transaction without changes, if there is one. */
void db_rollback(struct db *db);

/* Takes the lock, for db-open.c and db-disk.c, which drop it with lock_drop. -1 with the queue's problem. */
int db_lock(struct db *db);
/*
 * Makes SQLite wait, with the patience of the queue, for another program, such as sqlite3(1), that has locked the
 * database. Our own processes use the lock.
 */
void db_wait_for_others(struct db *db);
/* Sets the queue's problem to SQLite's last error; returns -1. */
int db_failed(struct db *db);
/* Sets it to errno, which says why that file of the queue could not be opened; returns -1. */
int db_file_failed(struct db *db, const char *file);

#endif
