/*
 * scheduler: decides which task starts when, and when a run ends. Only it writes the phase, the slots and the lists of
 * tasks.
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

/* It only goes forward. */
enum phase {
	PHASE_GOING,
	PHASE_SOON, /* nothing new starts; running jobs may finish */
	PHASE_NOW,  /* and they are being ended */
};

struct escapes;

struct scheduler {
	/* Set by the owner; borrowed, except what `tasks` owns. */
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
	bool is_paused;       /* SIGUSR2 took the last slot: demand.slots 0 would mean unlimited */
	struct demand demand; /* the source reads it */
	struct task_list waiting, running, draining;
	struct halting halting;
	bool unpaid; /* a task could start, and only a payment is missing */
	enum phase phase;
	enum job_end why; /* PHASE_NOW: the reason for which running jobs are ended */
	int signal;       /* the run ends by this signal; 0 */
	bool gives_up;    /* the readers of our output are not waited for any more */
	struct timer grace;
	bool load_reported, memory_reported, system_reported; /* the message about it was printed */
};

/* Prepares it for `slots` jobs at once (0: unlimited). The source gets its demand. */
void scheduler_init(struct scheduler *s, unsigned slots);
void scheduler_free(struct scheduler *s);

/*
 * Runs all tasks; returns when none is left and their output is written. Errors of the loop are reported, and the run
 * ends early: leaving at once is not possible while workers run.
 */
void scheduler_run(struct scheduler *s);

/* Starts nothing new. */
void scheduler_stop_soon(struct scheduler *s);
/* The same, and ends the running jobs with that signal, for the reason `why`. */
void scheduler_stop_now(struct scheduler *s, enum job_end why, int sig);
/* Interrupts the run, which then ends by the signal `own`, unless an earlier one ends it. */
void scheduler_interrupt(struct scheduler *s, int own);
/* The user sent a signal that ends the run: the first interrupts it, the second kills all jobs. */
void scheduler_signalled(struct scheduler *s, int sig);

#endif
