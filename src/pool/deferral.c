/* Invariant: a queue that is only busy is tried again soon, since others have it for milliseconds unless stopped. */
#include "pool/deferral.h"

#include "base/clock.h"
#include "pool/report.h"
#include "queue/queue.h"

enum {
	FAILED_MS = 1000,
	BUSY_LEAST_MS = 1,
	BUSY_MOST_MS = 100,
	BUSY_PART = 16, /* of the time for which it has been busy */
	BUSY_REPORT_MS = 5000,
};

static int64_t
busy_pause_ns(int64_t busy_ns)
{
	int64_t part_ns = busy_ns / BUSY_PART;

	if (part_ns < BUSY_LEAST_MS * NS_PER_MS)
		return BUSY_LEAST_MS * NS_PER_MS;
	return part_ns < BUSY_MOST_MS * NS_PER_MS ? part_ns : BUSY_MOST_MS * NS_PER_MS;
}

int64_t
deferral_failed(struct deferral *d, const struct queue *q, const char *name, struct report *r)
{
	int64_t now = clock_mono_ns(), failing_ns;
	bool busy = queue_is_busy(q);

	if (d->since_mono_ns == 0)
		d->since_mono_ns = now;
	failing_ns = now - d->since_mono_ns;
	if (queue_is_gone(q) && !d->gone) {
		report_error(r, "%s: %s; the run is ended", name, queue_problem(q));
		d->gone = d->reported = true;
	}
	if (!d->reported && (!busy || failing_ns >= BUSY_REPORT_MS * NS_PER_MS)) {
		report_message(r, "%s: %s; trying again", name, queue_problem(q));
		d->reported = true;
	}
	d->is_on = true;
	return now + (busy ? busy_pause_ns(failing_ns) : FAILED_MS * NS_PER_MS);
}

void
deferral_worked(struct deferral *d)
{
	d->since_mono_ns = 0;
	d->reported = false;
}
