/* Invariant: a claim is on the list until the queue has the task ready again. */
#include "pool/releases.h"

#include <stdlib.h>

#include "base/mem.h"
#include "queue/queue.h"

enum { FIRST_CAPACITY = 64 };

void
releases_add(struct releases *r, uint64_t id)
{
	if (r->count == r->capacity) {
		r->capacity = r->capacity != 0 ? 2 * r->capacity : FIRST_CAPACITY;
		r->tasks = mem_resize(r->tasks, r->capacity, sizeof *r->tasks);
	}
	r->tasks[r->count++] = (struct queue_task){ .id = id };
}

int
releases_flush(struct releases *r, struct queue *q)
{
	if (r->count > 0 && queue_release(q, r->tasks, r->count) == QUEUE_ERROR)
		return -1;
	r->count = 0;
	return 0;
}

void
releases_free(struct releases *r)
{
	free(r->tasks);
	*r = (struct releases){ 0 };
}
