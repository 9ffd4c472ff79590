/* source-queue: the source that claims tasks from a queue, and records their results in the queue. */
#ifndef QPOOL_SOURCE_QUEUE_H
#define QPOOL_SOURCE_QUEUE_H

#include "pool/settings.h"
#include "pool/source.h"

struct queue;

/*
 * Makes a source. All arguments are borrowed; `name` is the name of the queue, for messages. The caller frees the
 * source with source_free.
 */
struct source *source_queue_new(struct queue *q, const char *name, const struct options *o);

#endif
