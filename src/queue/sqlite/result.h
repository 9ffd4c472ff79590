/*
 * sqlite/result: stores and removes the results of finished tasks. An output that is too large for the row of its
 * result is stored in a file, results/ID.out or results/ID.err.
 */
#ifndef QPOOL_SQLITE_RESULT_H
#define QPOOL_SQLITE_RESULT_H

#include "queue/sqlite/shared.h"

/*
 * The caller of each function has begun a transaction. On failure, each function returns -1 with the queue's problem.
 */

/* Stores the result of a task. */
int sqlite_keep_result(struct sqlite_queue *s, const struct queue_result *r);
/* Removes the result of a task and its files, if the task has a result. */
int sqlite_remove_result(struct sqlite_queue *s, uint64_t id);
/* Removes a task, its result and its files. */
int sqlite_remove_task(struct sqlite_queue *s, uint64_t id);
/* Removes the tasks whose ids the statement selects. Returns the number of tasks. */
int64_t sqlite_remove_those(struct sqlite_queue *s, sqlite3_stmt *which);
/* Removes the results that exceed the limits of the queue for kept results. */
int sqlite_prune(struct sqlite_queue *s);

#endif
