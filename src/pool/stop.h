/*
 * stop: handles the external events that end, stop or resize a run: signals, and the death of the make that qpool runs
 * under.
 */
#ifndef QPOOL_STOP_H
#define QPOOL_STOP_H

#include "sys/loop.h"

struct scheduler;

struct stop {
	struct scheduler *scheduler; /* borrowed; NULL: not begun */
	struct watch make_watch;     /* watches an owned pidfd of the make; fd -1: none */
};

/*
 * Starts handling the signals of this process and watching the make, in the scheduler's loop. Returns 0, or -1 with
 * errno.
 */
int stop_begin(struct stop *x, struct scheduler *s);
/* Stops watching the make. Does nothing if stop_begin was not called. */
void stop_end(struct stop *x);

#endif
