/* queue-mem: a backend in the memory of one process, for tests: the contract of a queue in its simplest form. */
#ifndef QUEUE_MEM_H
#define QUEUE_MEM_H

#include "queue/backend.h"

/* A new queue; queue_free frees it with its tasks. */
struct queue *queue_mem_new(const struct queue_config *config);

#endif
