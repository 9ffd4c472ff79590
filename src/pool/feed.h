/*
 * feed: the pipe beside a queue, for programs that can only write lines to a file. One of the pools that serve the
 * queue reads it, and puts each line into the queue as a task.
 */
#ifndef QPOOL_FEED_H
#define QPOOL_FEED_H

#include <stdbool.h>

struct loop;
struct queue;
struct report;

struct feed;

/* All borrowed; `name` is the queue's, for messages. NULL: this queue has no such pipe. */
struct feed *feed_new(struct queue *q, const char *name, struct loop *l, struct report *r);
/*
 * Called once a turn: waits for lines while the queue has free space for them. With `stopping` it only finishes. -1
 * with errno.
 */
int feed_update(struct feed *f, bool stopping);
/* Is everything that was written to the pipe in the queue? */
bool feed_is_idle(const struct feed *f);
/* Has it put a task since the last call? */
bool feed_has_put(struct feed *f);
/* Puts what the pipe still holds, reports as an error what cannot be put any more, and frees f. NULL is allowed. */
void feed_end(struct feed *f);

#endif
