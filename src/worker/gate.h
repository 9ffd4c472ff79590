/* gate: what holds new jobs back though a slot is free: --delay, --load, --memfree, and a system that has no more processes or files. */
#ifndef QPOOL_GATE_H
#define QPOOL_GATE_H

#include <stdbool.h>
#include <stdint.h>

enum gate_reason { GATE_OPEN, GATE_DELAY, GATE_LOAD, GATE_MEMORY, GATE_SYSTEM };

struct gate {
	int64_t delay_ns;
	double load;            /* < 0: none */
	uint64_t memfree_bytes; /* 0: none */
	int64_t next_mono_ns;   /* not before this, for reason `why` */
	enum gate_reason why;
	unsigned refusals;      /* of the system, in a row */
	int64_t second_mono_ns; /* jobs started since then are in recent */
	unsigned recent;
	double seen_load;
	uint64_t seen_bytes;
};

/* May a job be started at `now`? GATE_OPEN, or the reason; then *wait_ns says when to ask again. */
enum gate_reason gate_ask(struct gate *g, int64_t now_mono_ns, int64_t *wait_ns);
/* A job was started. */
void gate_started(struct gate *g, int64_t now_mono_ns);
/* fork(2), pipe(2) or the like had no room: wait before the next try, longer each time, a second at most. */
void gate_refused(struct gate *g, int64_t now_mono_ns);
/* Something was given back: what GATE_SYSTEM waits for may be there now. */
void gate_relieved(struct gate *g);

#endif
