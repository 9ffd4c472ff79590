/* attempt-shared: what all attempts of a run use, the keeper among them. */
#ifndef QPOOL_ATTEMPT_SHARED_H
#define QPOOL_ATTEMPT_SHARED_H

#include <stdbool.h>

#include "pool/settings.h"
#include "worker/worker.h"

struct keeper;
struct loop;
struct payer;
struct report;
struct source;
struct task;

/* What all attempts of a run share. Borrowed, except the keeper and the kit. */
struct attempt_shared {
	const struct options *options;
	bool reads_progress; /* workers get a pipe for QPOOL_PROGRESS_FD */
	struct loop *loop;
	struct report *report;
	struct source *source;
	struct payer *payer;
	struct keeper *keeper; /* owned; NULL before attempt_ensure_keeper */
	struct worker_kit kit; /* owned */
	bool killed;           /* KILL was sent to all workers: nothing waits for their process groups any more */
	bool token_reported;   /* the message about a token that cannot be given back was printed */
	/* The scheduler's handlers, called from the loop with `arg`. */
	void (*reaped)(void *arg, struct task *t); /* the attempt's slot is free */
	void (*ended)(void *arg, struct task *t);  /* the attempt is over, its output complete */
	void *arg;
};

/* Starts the keeper unless it runs. -1 with errno. */
int attempt_ensure_keeper(struct attempt_shared *shared);
/* Stops the keeper and frees the kit. */
void attempt_shared_free(struct attempt_shared *shared);

#endif
