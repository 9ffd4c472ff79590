/*
 * sqlite/settle: applies the changes due to time and to the death of processes: ends delays, expires leases, and
 * releases the claims of dead processes.
 */
#ifndef QPOOL_SQLITE_SETTLE_H
#define QPOOL_SQLITE_SETTLE_H

#include "queue/sqlite/shared.h"

/* Returns 1 if there are such changes to apply, 0 if not, or -1 with the queue's problem. Needs no transaction. */
int sqlite_is_unsettled(struct sqlite_queue *s);
/* Applies all changes that are due, within the caller's transaction. Returns 0, or -1 with the queue's problem. */
int sqlite_settle(struct sqlite_queue *s);
/* Calls sqlite_settle, but while there are ready tasks only as often as necessary. */
int sqlite_settle_in_time(struct sqlite_queue *s);

#endif
