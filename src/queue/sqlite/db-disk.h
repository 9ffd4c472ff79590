/*
 * sqlite/db-disk: how a queue goes on when the disk is full. It keeps a file, the ballast, of 256 KiB: when finished
 * tasks cannot be recorded, the ballast is removed, and the space serves to copy the write-ahead log into the database
 * and then to truncate the log.
 */
#ifndef QPOOL_SQLITE_DB_DISK_H
#define QPOOL_SQLITE_DB_DISK_H

#include "queue/sqlite/db.h"

/* Creates the ballast, unless it exists or the disk is full; under the lock. */
void db_keep_ballast(struct db *db);
/* Removes it. -1 with errno. */
int db_remove_ballast(struct db *db);
/* Makes SQLite copy the log into the database in time, for as long as the database is open. */
void db_watch_log(struct db *db);
/* After an error, without the lock. true: the disk was full and some space was freed, so the caller tries once more. */
bool db_free_space(struct db *db);

#endif
