/* queue/fifo: the backend for named pipes. Tasks go from any process to any process, and are not stored on disk. */
#ifndef QPOOL_QUEUE_FIFO_H
#define QPOOL_QUEUE_FIFO_H

#include "queue/backend.h"

/* Opens a named pipe as queue_open does. The first operation that needs the pipe opens the pipe itself. */
struct queue *queue_fifo_open(const char *name, const struct queue_patience *patience, char *problem, size_t size);

#endif
