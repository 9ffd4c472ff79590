/*
 * sqlite/pools: the pools that run the tasks of a queue directory. Each has a row in the table `consumer`, and a lock
 * of the claims' file that the kernel drops when it dies.
 */
#ifndef QPOOL_SQLITE_POOLS_H
#define QPOOL_SQLITE_POOLS_H

#include "queue/sqlite/shared.h"

/* Sets the consumers and slots in *c to those of the pools that live. -1 with the queue's problem. */
int sqlite_count_pools(struct sqlite_queue *s, struct queue_counts *c);
/* This process is a pool no longer. If that fails, the next pool finds that the lock is free. */
void sqlite_leave_pool(struct sqlite_queue *s);

#endif
