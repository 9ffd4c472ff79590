/*
 * sqlite: queue directories, the durable backend: an SQLite database, with locks and named pipes beside it.
 *
 *     queue.db       the tasks and results (schema.c)
 *     lock           the process that writes to the queue has its flock(2) (db.h)
 *     claims         which process has which task (claims.h)
 *     tasks, room    shared pipes, and in waiters/ a pipe for each waiter (queue/notify.h)
 *     in             a named pipe for programs that can only write lines to a file
 *     results/       outputs too large for the database (result.h)
 *     ballast        is removed when the disk is full, to free some space (db-disk.h)
 */
#ifndef QPOOL_SQLITE_H
#define QPOOL_SQLITE_H

#include "queue/backend.h"

/* Opens a queue directory as queue_open does. */
struct queue *queue_sqlite_open(const char *name, const struct queue_patience *patience, char *problem, size_t size);

#endif
