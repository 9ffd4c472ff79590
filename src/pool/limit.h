/* limit: a limit of time that can be paused: a timer of the loop, and what was left of it. */
#ifndef QPOOL_LIMIT_H
#define QPOOL_LIMIT_H

#include <stdint.h>

#include "sys/loop.h"

/* The owner sets timer.fn and timer.arg. */
struct limit {
	struct timer timer;
	int64_t left_ns; /* while paused; 0: not paused */
};

/* Starts it, to pass after `ns`. */
void limit_start(struct limit *x, struct loop *l, int64_t ns);
/* Starts it paused. */
void limit_start_paused(struct limit *x, int64_t ns);
/* Pauses it if it runs. */
void limit_pause(struct limit *x, struct loop *l);
/* Continues it if it is paused. */
void limit_resume(struct limit *x, struct loop *l);
/* Moves it by that time if it runs. */
void limit_shift(struct limit *x, struct loop *l, int64_t by_ns);
void limit_cancel(struct limit *x, struct loop *l);

#endif
