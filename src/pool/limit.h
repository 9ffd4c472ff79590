/*
 * limit: a time limit that can be paused. It consists of a timer of the loop and the time that was left when it was
 * paused.
 */
#ifndef QPOOL_LIMIT_H
#define QPOOL_LIMIT_H

#include <stdint.h>

#include "sys/loop.h"

/* The owner sets timer.fn and timer.arg. */
struct limit {
	struct timer timer;
	int64_t left_ns; /* time left while paused; 0: not paused */
};

/* Starts the limit; its timer fires after `ns` nanoseconds. */
void limit_start(struct limit *x, struct loop *l, int64_t ns);
/* Starts the limit in the paused state, with `ns` nanoseconds left. */
void limit_start_paused(struct limit *x, int64_t ns);
/* Pauses the limit if it is running. */
void limit_pause(struct limit *x, struct loop *l);
/* Resumes the limit if it is paused. */
void limit_resume(struct limit *x, struct loop *l);
/* Moves the end of the limit by `by_ns` if it is running. */
void limit_shift(struct limit *x, struct loop *l, int64_t by_ns);
void limit_cancel(struct limit *x, struct loop *l);

#endif
