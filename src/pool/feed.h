/*
 * feed: reads the named pipe in a queue directory, for programs that can only write lines to a file. One of the pools
 * of the queue reads the pipe and puts each line into the queue as a task.
 */
#ifndef QPOOL_FEED_H
#define QPOOL_FEED_H

#include <stdbool.h>

struct loop;
struct queue;
struct report;

struct feed;

/*
 * Makes a feed. All arguments are borrowed; `name` is the name of the queue, for messages. Returns NULL if the queue
 * has no such pipe. The caller ends the feed with feed_end.
 */
struct feed *feed_new(struct queue *q, const char *name, struct loop *l, struct report *r);
/*
 * Must be called once a turn. Makes the loop wait for lines while the queue has free space. With `stopping`, only puts
 * the lines that were already read. Returns 0, or -1 with errno.
 */
int feed_update(struct feed *f, bool stopping);
/* Is everything that was written to the pipe in the queue? */
bool feed_is_idle(const struct feed *f);
/* Has the feed put a task since the last call? */
bool feed_has_put(struct feed *f);
/*
 * Puts the lines that are left in the pipe, reports lines that cannot be put as an error, and frees the feed. NULL is
 * allowed.
 */
void feed_end(struct feed *f);

#endif
