/*
 * pool: the scheduler. Reads tasks, gives each a slot, starts its worker, reaps it, records it, puts its output out in order.
 *
 * The files pool*.c are the only ones that know all the parts; they share pool-private.h.
 */
#ifndef QPOOL_POOL_H
#define QPOOL_POOL_H

#include "pool/input.h"
#include "jobserver/client.h"
#include "output/progress.h"
#include "queue/queue.h"
#include "log/record.h"
#include "log/reports.h"
#include "log/resume.h"
#include "pool/settings.h"
#include "job/template.h"

/* What the commands layer has opened and checked before anything is read. All stay the caller's. */
struct pool_parts {
	const struct options *options;
	struct input *input;    /* with a queue: empty, and only its name is used */
	struct queue *queue;    /* where tasks come from in its place; NULL */
	const char *queue_path; /* what QPOOL_QUEUE is to say; NULL: no queue */
	struct task_template *template;
	const char *program;          /* path of a fixed word 0 */
	struct record_log *log;       /* NULL: none */
	struct reports *reports;      /* what are told of each record; NULL: none */
	struct resume *resume;        /* NULL: none */
	struct progress *progress;    /* NULL: no display */
	bool text_records;            /* a line a job on stderr */
	bool failure_records;         /* at least for those that failed */
	struct jobserver *jobserver;  /* of mode JOBSERVER_ABSENT: none */
	int progress_to;              /* of worker_reserve_fd */
	const char *worker_makeflags; /* MAKEFLAGS for the workers; NULL: ours */
	unsigned slots;               /* 0: as many as tasks */
	bool serves;                  /* the slots are served to the workers' children too */
};

struct pool_result {
	int status; /* of outcome.h */
	int signal; /* die of this one; 0: none */
};

/*
 * Runs it all. When it returns, no worker is left, all that was captured is out as far as the readers took it, and the keeper is gone. -1 with
 * errno (0: what is wrong was said): it could not begin; nothing was read or started.
 */
int pool_run(const struct pool_parts *parts, struct pool_result *result);

#endif
