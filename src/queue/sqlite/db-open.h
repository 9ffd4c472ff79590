/* sqlite/db-open: opening, checking and closing the database of a queue directory. */
#ifndef QPOOL_SQLITE_DB_OPEN_H
#define QPOOL_SQLITE_DB_OPEN_H

#include "queue/sqlite/db.h"

/*
 * Opens the queue directory and its database. create: makes the database, the lock and the tables. Close it with
 * db_close. -1 with the queue's problem; also if the directory is another user's, or on a network file system, where
 * locks do not work.
 */
int db_open(struct db *db, struct queue *q, const char *path, bool create);
/* Also after db_open has failed. */
void db_close(struct db *db);

#endif
