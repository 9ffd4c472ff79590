/* turn: lets a loop handle what is ready now, without waiting for more. */
#ifndef TURN_H
#define TURN_H

#include "sys/loop.h"

/* Runs one turn of the loop. A timer that is due makes sure that the turn returns even if no fd is ready. */
static inline void
turn(struct loop *l)
{
	struct timer now = { .fn = NULL };

	loop_arm(l, &now, 0);
	loop_turn(l);
}

#endif
