/*
 * sqlite/db-disk: lets a queue continue when the disk is full. Each queue keeps a file of 256 KiB, the ballast. When
 * finished tasks cannot be recorded, the ballast is removed, and its space is used to copy the write-ahead log into the
 * database and then to truncate the log.
 */
#ifndef QPOOL_SQLITE_DB_DISK_H
#define QPOOL_SQLITE_DB_DISK_H

#include "queue/sqlite/db.h"

/* Creates the ballast, unless it exists or the disk is full. The caller must have the lock. */
void db_keep_ballast(struct db *db);
/* Removes the ballast. Returns 0, or -1 with errno. */
int db_remove_ballast(struct db *db);
/* Makes SQLite copy the log into the database early enough, as long as the database is open. */
void db_watch_log(struct db *db);
/*
 * Called after an error, without the lock. Returns true if the disk was full and some space was freed; the caller then
 * tries once more.
 */
bool db_free_space(struct db *db);

#endif
