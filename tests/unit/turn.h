/* turn: makes a loop handle the events that are ready now, without waiting for others. */
#ifndef TURN_H
#define TURN_H

#include "sys/loop.h"

/* Runs one turn of the loop. A timer that is already due makes the turn return even if no fd is ready. */
static inline void
turn(struct loop *l)
{
	struct timer now = { .fn = NULL };

	loop_arm(l, &now, 0);
	loop_turn(l);
}

#endif
