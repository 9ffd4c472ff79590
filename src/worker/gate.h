/*
 * gate: decides when a new job must wait although a slot is free: because of --delay, --load or --memfree, or because
 * the system lacks processes or fds.
 */
#ifndef QPOOL_GATE_H
#define QPOOL_GATE_H

#include <stdbool.h>
#include <stdint.h>

enum gate_reason { GATE_OPEN, GATE_DELAY, GATE_LOAD, GATE_MEMORY, GATE_SYSTEM };

/* The caller sets the first four fields once and `idle` before each gate_ask, and zeroes the others. */
struct gate {
	int64_t delay_ns;       /* time between two starts; 0: none */
	double load;            /* the gate is closed from this load average on; < 0: never */
	double make_load;       /* -l of the make above: as `load`, except that one job may always run; < 0: never */
	uint64_t memfree_bytes; /* the gate is closed below this amount of available memory; 0: never */
	int64_t next_mono_ns;   /* the gate is closed until then, for the reason `why` */
	enum gate_reason why;
	unsigned refusals;       /* consecutive refusals by the system */
	int64_t refused_mono_ns; /* time of the first of these refusals */
	int64_t second_mono_ns;  /* start of the second in which `recent` jobs were started */
	unsigned recent;
	bool idle;           /* no job runs */
	double seen_limit;   /* the last limit that the load average reached */
	double seen_load;    /* the last load average that was read */
	uint64_t seen_bytes; /* the last amount of available memory that was read */
};

/*
 * Returns GATE_OPEN if a job may start now. Otherwise returns the reason, and stores in *wait_ns the time after which
 * to ask again.
 */
enum gate_reason gate_ask(struct gate *g, int64_t now_mono_ns, int64_t *wait_ns);
/* Reports that a job was started. */
void gate_started(struct gate *g, int64_t now_mono_ns);
/*
 * Reports that fork(2), pipe(2) or the like failed for lack of resources. The gate closes for 10 ms; each further
 * refusal in a row doubles the time, up to 640 ms.
 */
void gate_refused(struct gate *g, int64_t now_mono_ns);
/*
 * Returns true if waiting is useless while no job runs: the system has refused jobs since the last start, for 0.5 s
 * with EMFILE, for 10 s with other errors.
 */
bool gate_is_stuck(const struct gate *g, int error, int64_t now_mono_ns);
/*
 * Reports that resources were released. A gate that is closed for GATE_SYSTEM opens, because a new start may succeed.
 */
void gate_relieved(struct gate *g);

#endif
