/* queue-fifo: a named pipe as a queue: each line is a task. What is in it is lost with its last opener. */
#ifndef QPOOL_QUEUE_FIFO_H
#define QPOOL_QUEUE_FIFO_H

#include "queue/backend.h"

/* As queue_open. */
struct queue *queue_fifo_open(const char *name, char *problem, size_t size);

#endif
