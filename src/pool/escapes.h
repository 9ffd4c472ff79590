/*
 * escapes: notices programs below the jobs of -J that got a number of jobs of their own, and therefore do
 * not share its slots: a make or ninja with -j, also one that cmake --build started for CMAKE_BUILD_PARALLEL_LEVEL.
 *
 * It looks at the processes of the jobs soon after a job was started, and then up to four times a second while jobs
 * run. Nothing is noticed where the system does not show the processes (os.h).
 */
#ifndef QPOOL_ESCAPES_H
#define QPOOL_ESCAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sys/loop.h"

struct escapes {
	struct loop *loop; /* borrowed; NULL: it does not look, or not any more */
	struct timer timer;
	int64_t pause_ns;
	bool (*look)(void *arg); /* looks at all jobs. Returns whether any job runs; may call escapes_end. */
	void *arg;
};

void escapes_begin(struct escapes *e, struct loop *l, bool (*look)(void *arg), void *arg);
/* A job was started. Does nothing if it does not look. */
void escapes_started(struct escapes *e);
/* Ends looking. Allowed if it was not begun, and twice. */
void escapes_end(struct escapes *e);

/*
 * Looks for such a program: the process `job` or one below it. Returns false if it finds none; otherwise it
 * describes the program, and what to do, in `problem`.
 */
bool escapes_find(pid_t job, char *problem, size_t size);

#endif
