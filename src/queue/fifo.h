/* queue/fifo: the backend for named pipes: tasks go from any process to any process, and nothing is kept. */
#ifndef QPOOL_QUEUE_FIFO_H
#define QPOOL_QUEUE_FIFO_H

#include "queue/backend.h"

/* As queue_open; the pipe itself is opened by the first operation that needs it. */
struct queue *queue_fifo_open(const char *name, const struct queue_patience *patience, char *problem, size_t size);

#endif
