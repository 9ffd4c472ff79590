/*
 * gate: decides when a new job must wait although a slot is free: --delay, --load, --memfree, or a lack of processes or
 * fds.
 */
#ifndef QPOOL_GATE_H
#define QPOOL_GATE_H

#include <stdbool.h>
#include <stdint.h>

enum gate_reason { GATE_OPEN, GATE_DELAY, GATE_LOAD, GATE_MEMORY, GATE_SYSTEM };

/* The caller sets the first four, and `idle` before each question; the rest is zero. */
struct gate {
	int64_t delay_ns;       /* between starts; 0: none */
	double load;            /* closed from this load average on; < 0: never */
	double make_load;       /* -l of the make above: the same, except that one job may always run; < 0: never */
	uint64_t memfree_bytes; /* closed below this much available memory; 0: never */
	int64_t next_mono_ns;   /* closed until then, for the reason `why` */
	enum gate_reason why;
	unsigned refusals;      /* of the system, in a row */
	int64_t second_mono_ns; /* start of the second in which `recent` jobs were started */
	unsigned recent;
	bool idle;           /* no job runs */
	double seen_limit;   /* the limit that the load has reached */
	double seen_load;    /* the last load average that was read */
	uint64_t seen_bytes; /* the last amount of available memory that was read */
};

/*
 * Returns GATE_OPEN if a job may start now, or the reason why not; then *wait_ns is the time after which to ask again.
 */
enum gate_reason gate_ask(struct gate *g, int64_t now_mono_ns, int64_t *wait_ns);
/* Reports that a job was started. */
void gate_started(struct gate *g, int64_t now_mono_ns);
/*
 * Reports that fork(2), pipe(2) or the like failed for lack of resources. The gate closes for 10 ms, doubled each time
 * up to 640 ms.
 */
void gate_refused(struct gate *g, int64_t now_mono_ns);
/* Reports that resources were released: after GATE_SYSTEM a new attempt makes sense. */
void gate_relieved(struct gate *g);

#endif
