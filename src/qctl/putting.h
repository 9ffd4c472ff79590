/* putting: puts tasks for the verbs of qctl. */
#ifndef QPOOL_QCTL_PUTTING_H
#define QPOOL_QCTL_PUTTING_H

#include "qctl/qctl.h"

/* Returns a task with these bytes, which are borrowed, and with the priority, delay and key of the verb's options. */
struct queue_put qctl_task(const struct qctl *c, const char *bytes, size_t len);
/*
 * Puts tasks, and waits for free space until the deadline or a caught signal. Calls on_put (NULL: none) with the ids of
 * tasks as soon as they are put. Stores the number of tasks that were put in *done. Returns the exit status.
 */
int qctl_put_all(struct qctl *c, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done,
    void (*on_put)(struct qctl *c, const uint64_t *ids, size_t count));

#endif
