/*
 * pool: runs the pool: takes tasks from a source, assigns a slot to each, runs each as a worker process, records the
 * jobs, and writes the output of the tasks in order.
 *
 * pool.c creates the parts, and the scheduler drives them. Read scheduler.h next.
 */
#ifndef QPOOL_POOL_H
#define QPOOL_POOL_H

#include <stdbool.h>

#include "pool/report.h"
#include "pool/settings.h"

struct jobserver;
struct source;
struct task_template;

/* The objects that the program has opened and checked before any input is read. All pointers are borrowed. */
struct pool_parts {
	const struct options *options;
	struct source *source;
	const char *queue_path; /* value of QPOOL_QUEUE; NULL: the tasks are not from a queue */
	const struct task_template *template;
	const char *program; /* path of a fixed word 0; NULL: looked up for each job */
	struct report_parts report;
	struct jobserver *jobserver;  /* JOBSERVER_ABSENT: no jobserver limits the jobs */
	int progress_to;              /* fd from worker_reserve_fd */
	const char *worker_makeflags; /* MAKEFLAGS for the workers; NULL: ours */
	unsigned slots;               /* 0: unlimited */
	bool serves;                  /* the jobs get a jobserver for the slots */
};

struct pool_result {
	int status; /* exit status of qpool, as in outcome.h */
	int signal; /* qpool must die of this signal; 0: none */
};

/*
 * Runs all tasks. When the function returns, no worker is left, all captured output that the readers accepted is
 * written, and the keeper has ended. Returns 0; or -1 with errno if the run could not begin and nothing was read or
 * started (errno 0: the reason was already reported).
 */
int pool_run(const struct pool_parts *parts, struct pool_result *result);

#endif
