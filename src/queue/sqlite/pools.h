/*
 * sqlite/pools: the pools that run the tasks of a queue directory. Each pool has a row in the table `consumer`, and a
 * lock on the file of the claims that the kernel drops when the pool dies.
 */
#ifndef QPOOL_SQLITE_POOLS_H
#define QPOOL_SQLITE_POOLS_H

#include "queue/sqlite/shared.h"

/*
 * Sets c->consumers and c->slots to the number and the slots of the pools that live. Returns 0, or -1 with the queue's
 * problem.
 */
int sqlite_count_pools(struct sqlite_queue *s, struct queue_counts *c);
/* Unregisters this process as a pool. If this fails, the next pool finds that the lock is free. */
void sqlite_leave_pool(struct sqlite_queue *s);

#endif
