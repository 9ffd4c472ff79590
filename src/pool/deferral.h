/* deferral: when the operations of a queue are tried again after one failed, and what is reported then. */
#ifndef QPOOL_DEFERRAL_H
#define QPOOL_DEFERRAL_H

#include <stdbool.h>
#include <stdint.h>

struct queue;
struct report;

struct deferral {
	int64_t since_mono_ns; /* since when operations have failed; 0: the last one did not */
	bool reported;
	bool gone;  /* the queue was removed, which was reported */
	bool is_on; /* an operation failed, and the time to try again has not come; the caller clears it then */
};

/*
 * An operation of the queue failed. Reports it, once for operations that fail one after another; that others have the
 * queue locked is reported only if it lasts; that the queue is gone is an error of the run. Returns when to try again
 * (clock_mono_ns).
 */
int64_t deferral_failed(struct deferral *d, const struct queue *q, const char *name, struct report *r);
/* An operation of the queue worked. */
void deferral_worked(struct deferral *d);

#endif
