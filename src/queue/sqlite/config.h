/*
 * sqlite/config: reads and writes the settings with which a queue directory was created, and the boot of the system to
 * which its times are relative.
 */
#ifndef QPOOL_SQLITE_CONFIG_H
#define QPOOL_SQLITE_CONFIG_H

#include "queue/sqlite/shared.h"

/* Reads the settings into s->config. Returns 0, or -1 with the queue's problem. */
int sqlite_read_config(struct sqlite_queue *s);
/* Writes the settings of a new queue. Returns 0, or -1 with the queue's problem. */
int sqlite_write_config(struct sqlite_queue *s, const struct queue_config *config);
bool sqlite_config_equal(const struct queue_config *a, const struct queue_config *b);
/*
 * Converts the times of the queue if the system has restarted since they were written: all leases have expired, and
 * delays continue by the wall clock. Returns 0, or -1 with the queue's problem.
 */
int sqlite_check_boot(struct sqlite_queue *s);

#endif
