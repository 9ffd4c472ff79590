/* releases: claims on tasks of a queue that are no longer needed, until the queue has taken them back. */
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
/* Releases them all, and empties the list. -1 with queue_problem: nothing was changed. */
int releases_flush(struct releases *r, struct queue *q);
void releases_free(struct releases *r);

#endif
