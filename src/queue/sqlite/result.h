/*
 * sqlite/result: the results of finished tasks, and their removal. An output that is too large for the row of its
 * result is in a file, results/ID.out or results/ID.err.
 */
#ifndef QPOOL_SQLITE_RESULT_H
#define QPOOL_SQLITE_RESULT_H

#include "queue/sqlite/shared.h"

/* All in a transaction; -1 with the queue's problem. */

/* Keeps the result of a task. */
int sqlite_keep_result(struct sqlite_queue *s, const struct queue_result *r);
/* Removes the result of a task, with its files, if it has one. */
int sqlite_remove_result(struct sqlite_queue *s, uint64_t id);
/* Removes a task, its result and its files. */
int sqlite_remove_task(struct sqlite_queue *s, uint64_t id);
/* Removes the tasks whose ids the statement returns. Returns their number. */
int64_t sqlite_remove_those(struct sqlite_queue *s, sqlite3_stmt *which);
/* Removes the results beyond what the queue keeps. */
int sqlite_prune(struct sqlite_queue *s);

#endif
