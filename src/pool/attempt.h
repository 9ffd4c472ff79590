/*
 * attempt: runs a task once. An attempt acquires what it needs in stages, watches its worker until the worker ends, and
 * releases the stages in reverse order. The first stage is a payment: what entitles a job to run (enum payment).
 *
 *     IDLE --> RUNNING --> DRAINING --> IDLE
 *                 |           ^
 *                 +-> ENDING -+
 *
 *     RUNNING  the worker runs, and the keeper has its process group
 *     ENDING   the worker runs, and TERM was sent to its process group; KILL follows after the grace period
 *     DRAINING the worker is reaped and its slot is free; its pipes are read to the end, for at most 100 ms
 */
#ifndef QPOOL_ATTEMPT_H
#define QPOOL_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/job.h"
#include "jobserver/payer.h"
#include "output/capture.h"
#include "output/progress-percent.h"
#include "pool/attempt-shared.h"
#include "pool/limit.h"
#include "pool/settings.h"
#include "sys/loop.h"
#include "worker/worker.h"

struct output;
struct task;

enum attempt_state { ATTEMPT_IDLE, ATTEMPT_RUNNING, ATTEMPT_ENDING, ATTEMPT_DRAINING };

/* What an attempt has acquired: a payment, pipes, a jobserver for its worker. Each stage includes the previous ones. */
enum attempt_stage { STAGE_NONE, STAGE_PAID, STAGE_PIPES, STAGE_SERVED };

struct attempt {
	struct attempt_shared *shared;
	struct task *task; /* the task of this attempt */
	/* The task's handlers for the worker's output. They get the attempt as argument. */
	void (*on_out)(void *attempt, int stream, const char *bytes, size_t len);
	void (*on_err)(void *attempt, int stream, const char *bytes, size_t len);
	enum attempt_state state;
	enum attempt_stage stage;
	struct job job; /* the current job, or the last one */
	enum job_end last_end;
	int last_wstatus;
	int64_t queued_mono_ns;
	int64_t start_mono_ns;
	int64_t unpaid_since_mono_ns; /* since when only a payment has been missing; 0: not missing */
	enum payment payment;
	const struct output *output; /* borrowed: the output of the task; NULL before attempt_read_output */
	struct worker_pipes pipes;
	struct capture out, err, progress;
	struct percent_reader percent_reader;
	double percent;       /* < 0: not reported */
	struct served served; /* the worker's own jobserver; served.server NULL: none */
	struct child child;
	struct limit timeout; /* --timeout */
	struct limit drain;   /* when DRAINING: limit for reading the pipes */
	struct timer grace;   /* when ENDING: KILL follows when it fires */
	struct timer group;   /* when ended: next look at the process group */
	int64_t kill_mono_ns; /* when ended: time of KILL for the rest of the process group */
	bool ended; /* the worker has ended, and is not reaped because its process group still has processes */
	bool stop_reported;
	bool lost;           /* some output could not be read or kept, so the job has failed, however it ended */
	const char *missing; /* after ATTEMPT_DEFERRED: the system call that failed; static */
};

/* Initializes an attempt. The caller has set the handlers, and zeroed the other fields. */
void attempt_init(struct attempt *a, struct attempt_shared *shared, struct task *t, uint64_t seq, uint64_t task_id);
/* Reports that the task waits for an attempt from now on. job.queued_ns counts from this moment. */
void attempt_queue(struct attempt *a);
/* Frees what the attempt owns. The attempt must be IDLE. */
void attempt_free(struct attempt *a);

enum attempt_result {
	ATTEMPT_OK,
	ATTEMPT_DEFERRED, /* nothing has changed; the system lacks resources now: see errno and `missing` */
	ATTEMPT_UNPAID,   /* nothing has changed; no payment is available now */
	ATTEMPT_NOT_RUN,  /* the attempt has failed without a worker, and is finished */
};
/*
 * Does the first stages: starts the keeper if necessary, and acquires a payment for a worker in that slot. With
 * `unpaid`, the worker runs even without a payment.
 */
enum attempt_result attempt_acquire(struct attempt *a, unsigned slot, bool unpaid);
/*
 * Does the last stages, and starts the program at `path`. The caller has filled in a->job. After ATTEMPT_OK, the caller
 * must call attempt_read_output at once.
 */
enum attempt_result attempt_launch(struct attempt *a, const char *path);
/*
 * Makes the attempt fail without a worker, with the errno `why`. Replaces attempt_launch, or both attempt_acquire and
 * attempt_launch. Returns ATTEMPT_NOT_RUN.
 */
enum attempt_result attempt_fail(struct attempt *a, enum job_end end, int why);
/*
 * Sends the signal to the worker's process group. If the attempt is not ENDING yet, makes it ENDING, for the reason
 * `why`.
 */
void attempt_end_by(struct attempt *a, enum job_end why, int sig);
void attempt_kill(struct attempt *a);
void attempt_signal(const struct attempt *a, int sig);
/* Moves the attempt's deadlines by the time for which the whole pool was stopped. */
void attempt_shift(struct attempt *a, int64_t by_ns);
/* Handles a worker that was stopped by that signal. Prints a message if the user must act. */
void attempt_stopped(struct attempt *a, int sig);

#endif
