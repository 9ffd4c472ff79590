/*
 * sqlite/settle: what time and the death of processes change: delays end, leases expire, claims of dead processes fall.
 */
#ifndef QPOOL_SQLITE_SETTLE_H
#define QPOOL_SQLITE_SETTLE_H

#include "queue/sqlite/shared.h"

/* Whether there is anything to settle: 1, 0, or -1 with the queue's problem. Needs no transaction. */
int sqlite_is_unsettled(struct sqlite_queue *s);
/* Settles everything; in a transaction. -1 with the queue's problem. */
int sqlite_settle(struct sqlite_queue *s);
/* The same, but not more often than needed while there are ready tasks. */
int sqlite_settle_in_time(struct sqlite_queue *s);

#endif
