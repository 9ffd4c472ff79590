/* queue-mem: a queue in the memory of one process, for tests: what a queue is, without what makes one last. */
#ifndef QUEUE_MEM_H
#define QUEUE_MEM_H

#include "queue/backend.h"

/* A new one. queue_free frees it and what is in it. */
struct queue *queue_mem_new(const struct queue_config *config);

#endif
