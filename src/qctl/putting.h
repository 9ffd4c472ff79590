/* putting: how verbs of qctl put tasks. */
#ifndef QPOOL_QCTL_PUTTING_H
#define QPOOL_QCTL_PUTTING_H

#include "qctl/qctl.h"

/* A task with these bytes, which are borrowed, and the priority, delay and key of the verb's options. */
struct queue_put qctl_task(const struct qctl *c, const char *bytes, size_t len);
/*
 * Puts tasks, waiting for free space until the deadline or a caught signal. on_put (NULL: none) gets the ids of tasks
 * as soon as they are put; *done is how many were. Returns the exit status.
 */
int qctl_put_all(struct qctl *c, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done,
    void (*on_put)(struct qctl *c, const uint64_t *ids, size_t count));

#endif
