/* results: the results of finished tasks that their queue does not have yet, since it takes many in one transaction. */
#ifndef QPOOL_RESULTS_H
#define QPOOL_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "job/job.h"
#include "queue/task.h"

struct kept;

/* Zero-initialize it. */
struct results {
	struct queue_result *all; /* owned */
	size_t count, capacity;
	int64_t since_mono_ns; /* when the first of them was added */
};

/*
 * Adds the result of a job, with what it printed, which is moved: both are empty afterwards. -1 with errno: a part of
 * the output cannot be kept, and is left out.
 */
int results_add(struct results *r, const struct job *j, struct kept *out, struct kept *err);
/* Removes all: the queue has them. */
void results_clear(struct results *r);
/* Frees it, with the results that are left. */
void results_free(struct results *r);

#endif
