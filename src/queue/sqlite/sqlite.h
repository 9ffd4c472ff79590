/* queue-sqlite: queue directories. The durable backend: an SQLite database, with locks and named pipes beside it. */
#ifndef QPOOL_QUEUE_SQLITE_H
#define QPOOL_QUEUE_SQLITE_H

#include "queue/backend.h"

/* As queue_open and queue_create. */
struct queue *queue_sqlite_open(const char *name, char *problem, size_t size);
enum queue_answer queue_sqlite_create(
    const char *name, const struct queue_config *config, bool again, char *problem, size_t size);

#endif
