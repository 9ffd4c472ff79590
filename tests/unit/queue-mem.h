/*
 * queue-mem: a backend in the memory of one process, for tests. It shows each operation of a queue in its simplest
 * form.
 */
#ifndef QUEUE_MEM_H
#define QUEUE_MEM_H

#include "queue/backend.h"

/* Makes a queue. queue_free frees the queue and its tasks. */
struct queue *queue_mem_new(const struct queue_config *config);

#endif
