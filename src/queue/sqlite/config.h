/*
 * sqlite/config: the settings that a queue directory was created with, and the start of the system that its times are
 * relative to.
 */
#ifndef QPOOL_SQLITE_CONFIG_H
#define QPOOL_SQLITE_CONFIG_H

#include "queue/sqlite/shared.h"

/* Reads s->config. -1 with the queue's problem. */
int sqlite_read_config(struct sqlite_queue *s);
/* Writes the settings of a new queue. -1 with the queue's problem. */
int sqlite_write_config(struct sqlite_queue *s, const struct queue_config *config);
bool sqlite_config_equal(const struct queue_config *a, const struct queue_config *b);
/*
 * Converts the times of the queue if the system has restarted since: leases have expired, delays continue by the wall
 * clock. -1 with the queue's problem.
 */
int sqlite_check_boot(struct sqlite_queue *s);

#endif
