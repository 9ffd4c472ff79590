/* deferral: decides when to retry the operations of a queue after a failure, and reports failures. */
#ifndef QPOOL_DEFERRAL_H
#define QPOOL_DEFERRAL_H

#include <stdbool.h>
#include <stdint.h>

struct queue;
struct report;

struct deferral {
	int64_t since_mono_ns; /* since when operations have failed; 0: the last one succeeded */
	bool reported;
	bool gone;  /* the queue was removed, and this was reported */
	bool is_on; /* an operation failed, and the time to retry has not come; the caller clears this at that time */
};

/*
 * Handles the failure of a queue operation. Consecutive failures are reported once. A queue that is locked by other
 * processes is reported only if it stays locked for some time. A queue that is gone is an error of the run. Returns the
 * time to retry (clock_mono_ns).
 */
int64_t deferral_failed(struct deferral *d, const struct queue *q, const char *name, struct report *r);
/* Reports that a queue operation has succeeded. */
void deferral_worked(struct deferral *d);

#endif
