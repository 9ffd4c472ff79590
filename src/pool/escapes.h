/*
 * escapes: finds programs that the jobs of -J started with a number of jobs of their own, and that therefore do not
 * share the slots: a make or ninja with -j, including one that cmake --build started with such a -j because
 * CMAKE_BUILD_PARALLEL_LEVEL is set.
 *
 * The search examines the processes of the jobs soon after a job was started, and then up to four times a second while
 * jobs run. On a system that does not show the processes (os.h), it finds nothing.
 */
#ifndef QPOOL_ESCAPES_H
#define QPOOL_ESCAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sys/loop.h"

struct escapes {
	struct loop *loop; /* borrowed; NULL: the search has not begun, or has ended */
	struct timer timer;
	int64_t pause_ns;
	bool (*look)(void *arg); /* examines all jobs. Returns true if any job runs. May call escapes_end. */
	void *arg;
};

void escapes_begin(struct escapes *e, struct loop *l, bool (*look)(void *arg), void *arg);
/* Reports that a job was started. Does nothing if the search has not begun or has ended. */
void escapes_started(struct escapes *e);
/* Ends the search. Does nothing if the search has not begun or has ended. */
void escapes_end(struct escapes *e);

/*
 * Searches the process `job` and its descendants for such a program. Returns false if none is found. Otherwise returns
 * true, and describes in `problem` the program and what to do.
 */
bool escapes_find(pid_t job, char *problem, size_t size);

#endif
