/* releases: collects claims that are not needed any more, until the queue has released them. */
#ifndef QPOOL_RELEASES_H
#define QPOOL_RELEASES_H

#include <stddef.h>
#include <stdint.h>

struct queue;
struct queue_task;

struct releases {
	struct queue_task *tasks; /* owned; only their ids are set */
	size_t count, capacity;
};

void releases_add(struct releases *r, uint64_t id);
/*
 * Releases all claims in one operation, and empties the list. Returns 0, or -1 with queue_problem if nothing was
 * changed.
 */
int releases_flush(struct releases *r, struct queue *q);
void releases_free(struct releases *r);

#endif
