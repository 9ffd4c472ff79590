/*
 * scheduler: decides when each task starts, and when the run ends. Only the scheduler changes the phase, the slots and
 * the lists of tasks.
 *
 *     source --> waiting --> running --> draining --> finished
 *                   ^                       |
 *                   +-----------------------+  a failed attempt with attempts left
 */
#ifndef QPOOL_SCHEDULER_H
#define QPOOL_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/job.h"
#include "pool/halting.h"
#include "pool/settings.h"
#include "pool/slots.h"
#include "pool/source.h"
#include "pool/task.h"
#include "sys/loop.h"
#include "worker/gate.h"

/* The phase only moves forward. */
enum phase {
	PHASE_GOING,
	PHASE_SOON, /* nothing new starts; running jobs may finish */
	PHASE_NOW,  /* nothing new starts, and running jobs are being ended */
};

struct escapes;

struct scheduler {
	/* Set by the owner. Borrowed, except what `tasks` owns. */
	const struct options *options;
	struct loop *loop;
	struct report *report;
	struct outlet *outlet;
	struct source *source;
	struct payer *payer;
	struct escapes *escapes;
	struct task_shared tasks;

	/* Private. */
	struct gate gate;
	struct timer gate_opens; /* ends the turn when the gate may be open */
	struct slots slots;
	bool is_paused;       /* SIGUSR2 removed the last slot; needed because demand.slots 0 means unlimited */
	struct demand demand; /* for the source to read */
	struct task_list waiting, running, draining;
	struct halting halting;
	bool unpaid; /* a task could start if a payment (enum payment) were available */
	enum phase phase;
	enum job_end why; /* PHASE_NOW: why running jobs are being ended */
	int signal;       /* the run ends by this signal; 0: none */
	bool gives_up;    /* the run ends without waiting for the readers of our output */
	struct timer grace;
	bool load_reported, memory_reported, system_reported; /* the message about this reason was printed */
};

/* Prepares the scheduler for `slots` jobs at once (0: unlimited). */
void scheduler_init(struct scheduler *s, unsigned slots);
void scheduler_free(struct scheduler *s);

/*
 * Runs all tasks, and returns when all have ended and their output is written. After an error of the loop, which is
 * reported, the run ends early, but still waits for running workers.
 */
void scheduler_run(struct scheduler *s);

/* Starts no further jobs; running jobs may finish. */
void scheduler_stop_soon(struct scheduler *s);
/* Starts no further jobs, and ends the running jobs with that signal, for the reason `why`. */
void scheduler_stop_now(struct scheduler *s, enum job_end why, int sig);
/* Interrupts the run. qpool then dies of the signal `own`, or of the first such signal if there were several. */
void scheduler_interrupt(struct scheduler *s, int own);
/*
 * Handles a signal from the user that ends the run. The first such signal interrupts the run; the second kills all
 * jobs.
 */
void scheduler_signalled(struct scheduler *s, int sig);

#endif
