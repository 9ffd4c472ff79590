/* attempt-shared: the state that all attempts of a run share, including the keeper. */
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

/* The state that all attempts of a run share. Everything is borrowed except the keeper and the kit. */
struct attempt_shared {
	const struct options *options;
	bool reads_progress; /* workers get a pipe for QPOOL_PROGRESS_FD */
	struct loop *loop;
	struct report *report;
	struct source *source;
	struct payer *payer;
	struct keeper *keeper; /* owned; NULL before attempt_ensure_keeper */
	struct worker_kit kit; /* owned */
	bool killed;           /* KILL was sent to all workers, so their process groups are not waited for any more */
	bool token_reported;   /* the message about a token that cannot be returned was printed */
	/* The scheduler's handlers, called from the loop with `arg`. */
	void (*reaped)(void *arg, struct task *t); /* the attempt's slot is free */
	void (*ended)(void *arg, struct task *t);  /* the attempt has finished, and its output is complete */
	void *arg;
};

/* Starts the keeper unless it is running. Returns 0, or -1 with errno. */
int attempt_ensure_keeper(struct attempt_shared *shared);
/* Stops the keeper and frees the kit. */
void attempt_shared_free(struct attempt_shared *shared);

#endif
