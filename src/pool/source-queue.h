/* source-queue: tasks that are claimed from a queue, and their results recorded there. */
#ifndef QPOOL_SOURCE_QUEUE_H
#define QPOOL_SOURCE_QUEUE_H

#include "pool/settings.h"
#include "pool/source.h"

struct queue;

/* All borrowed; `name` is for messages. Free with source_free. */
struct source *source_queue_new(struct queue *q, const char *name, const struct options *o);

#endif
