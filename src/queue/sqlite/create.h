/* sqlite/create: creates queue directories. */
#ifndef QPOOL_SQLITE_CREATE_H
#define QPOOL_SQLITE_CREATE_H

#include "queue/backend.h"

/* Implements queue_create. */
enum queue_answer queue_sqlite_create(
    const char *name, const struct queue_config *config, bool again, char *problem, size_t size);

#endif
