/* sqlite/db-open: opens, checks and closes the database of a queue directory. */
#ifndef QPOOL_SQLITE_DB_OPEN_H
#define QPOOL_SQLITE_DB_OPEN_H

#include "queue/sqlite/db.h"

/*
 * Opens the queue directory and its database. With `create`, makes the database, the lock and the tables. The caller
 * closes it with db_close. Returns 0, or -1 with the queue's problem. It is an error if the directory belongs to
 * another user, or is on a network file system, where locks do not work.
 */
int db_open(struct db *db, struct queue *q, const char *path, bool create);
/* Closes the database. May be called after db_open has failed. */
void db_close(struct db *db);

#endif
