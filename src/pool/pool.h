/*
 * pool: a run of the pool: takes tasks from a source, gives each a slot, runs it as a worker process, records it, and
 * writes its output in order.
 *
 * pool.c puts the parts together; the scheduler drives them. Read scheduler.h next.
 */
#ifndef QPOOL_POOL_H
#define QPOOL_POOL_H

#include <stdbool.h>

#include "pool/report.h"
#include "pool/settings.h"

struct jobserver;
struct source;
struct task_template;

/* What the program has opened and checked before anything is read. All borrowed. */
struct pool_parts {
	const struct options *options;
	struct source *source;
	const char *queue_path; /* for QPOOL_QUEUE; NULL: the tasks are not from a queue */
	const struct task_template *template;
	const char *program; /* path of a fixed word 0; NULL: looked up for each job */
	struct report_parts report;
	struct jobserver *jobserver;  /* of mode JOBSERVER_ABSENT: none */
	int progress_to;              /* of worker_reserve_fd */
	const char *worker_makeflags; /* MAKEFLAGS for the workers; NULL: ours */
	unsigned slots;               /* 0: unlimited */
	bool serves;                  /* the slots are served to the jobs too */
};

struct pool_result {
	int status; /* exit status of qpool, as in outcome.h */
	int signal; /* qpool must die of this signal; 0: none */
};

/*
 * Runs all tasks. When it returns no worker is left, all captured output is written as far as the readers took it, and
 * the keeper is gone. -1 with errno (0: the reason was reported): it could not begin; nothing was read or started.
 */
int pool_run(const struct pool_parts *parts, struct pool_result *result);

#endif
