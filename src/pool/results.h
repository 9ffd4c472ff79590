/* results: collects the results of finished tasks, so that the queue can record many in one transaction. */
#ifndef QPOOL_RESULTS_H
#define QPOOL_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "job/job.h"
#include "queue/task.h"

struct kept;

/* The caller zero-initializes it. */
struct results {
	struct queue_result *all; /* owned */
	size_t count, capacity;
	int64_t since_mono_ns; /* when the first result was added */
};

/*
 * Adds the result of a job, and moves the job's output into it; `out` and `err` are empty afterwards. Returns 0, or -1
 * with errno if one of the outputs could not be kept and is left out.
 */
int results_add(struct results *r, const struct job *j, struct kept *out, struct kept *err);
/* Removes all results, after the queue has recorded them. */
void results_clear(struct results *r);
/* Frees the list and all results in it. */
void results_free(struct results *r);

#endif
