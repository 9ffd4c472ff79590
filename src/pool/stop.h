/* stop: what ends, stops or resizes a run from outside: signals, and the death of the make above. */
#ifndef QPOOL_STOP_H
#define QPOOL_STOP_H

#include "sys/loop.h"

struct scheduler;

struct stop {
	struct scheduler *scheduler; /* borrowed; NULL: not begun */
	struct watch make_watch;     /* of a pidfd, owned, of the make above; fd -1: none */
};

/* Takes the signals of this process, and watches the make above. The scheduler has its loop. -1 with errno. */
int stop_begin(struct stop *x, struct scheduler *s);
/* Ends the watch. Allowed for one that was not begun. */
void stop_end(struct stop *x);

#endif
