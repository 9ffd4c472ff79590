/*
 * attempt: one attempt to run a task: what it needs is acquired in stages, and released in reverse; then its worker is
 * watched until its end.
 *
 *     IDLE --> RUNNING --> DRAINING --> IDLE
 *                 |           ^
 *                 +-> ENDING -+
 *
 * RUNNING  the worker runs, and is recorded with the keeper.
 * ENDING   the same, but TERM was sent to its process group; after the grace period KILL follows.
 * DRAINING the worker is reaped and its slot free; its pipes are read to their end, for 100 ms at most.
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

/* What an attempt has acquired, each stage including the former ones. */
enum attempt_stage { STAGE_NONE, STAGE_PAID, STAGE_PIPES, STAGE_SERVED };

struct attempt {
	struct attempt_shared *shared;
	struct task *task; /* whose it is */
	/* The task's handlers for what the worker writes, called with the attempt. */
	void (*on_out)(void *attempt, int stream, const char *bytes, size_t len);
	void (*on_err)(void *attempt, int stream, const char *bytes, size_t len);
	enum attempt_state state;
	enum attempt_stage stage;
	struct job job; /* this attempt, or the last one */
	enum job_end last_end;
	int last_wstatus;
	int64_t queued_mono_ns;
	int64_t start_mono_ns;
	int64_t unpaid_since_mono_ns; /* since then only a payment was missing; 0 */
	enum payment payment;
	const struct output *output; /* borrowed: the task's; NULL before attempt_read_output */
	struct worker_pipes pipes;
	struct capture out, err, progress;
	struct percent_reader percent_reader;
	double percent;       /* < 0: none reported */
	struct served served; /* the worker's own jobserver; server NULL: none */
	struct child child;
	struct limit timeout; /* --timeout */
	struct limit drain;   /* of the pipes, when DRAINING */
	struct timer grace;   /* when ENDING: then KILL */
	struct timer group;   /* when ended: look again at its process group */
	int64_t kill_mono_ns; /* when ended: KILL for what is left of its process group */
	bool ended;           /* the process has ended, and is not reaped yet because of its process group */
	bool stop_reported;
	bool lost;           /* some of its output could not be read or kept: the job has failed, however it ended */
	const char *missing; /* after ATTEMPT_DEFERRED: the system call that failed; static */
};

/* The caller has set the handlers; everything else is zero. */
void attempt_init(struct attempt *a, struct attempt_shared *shared, struct task *t, uint64_t seq, uint64_t task_id);
/* Its task waits for an attempt from now on: job.queued_ns counts from here. */
void attempt_queue(struct attempt *a);
/* Frees what it owns; it must be IDLE. */
void attempt_free(struct attempt *a);

enum attempt_result {
	ATTEMPT_OK,
	ATTEMPT_DEFERRED, /* as if not tried; errno: the system lacks resources for it now; see `missing` */
	ATTEMPT_UNPAID,   /* as if not tried: nothing pays for it now */
	ATTEMPT_NOT_RUN,  /* it failed without a worker, and is over */
};
/*
 * The first stages: ensures the keeper and pays for a worker in that slot. `unpaid`: it runs even if nothing pays for
 * it.
 */
enum attempt_result attempt_acquire(struct attempt *a, unsigned slot, bool unpaid);
/*
 * The last stages: the owner has set up a->job. Starts the program at `path`. After ATTEMPT_OK attempt_read_output must follow
 * at once.
 */
enum attempt_result attempt_launch(struct attempt *a, const char *path);
/* In place of attempt_launch, or of both: fails without a worker, for the errno `why`. Returns ATTEMPT_NOT_RUN. */
enum attempt_result attempt_fail(struct attempt *a, enum job_end end, int why);
/* Sends the signal to its process group and, unless that was done before, makes it ENDING, for the reason `why`. */
void attempt_end_by(struct attempt *a, enum job_end why, int sig);
void attempt_kill(struct attempt *a);
void attempt_signal(const struct attempt *a, int sig);
/* Moves its deadlines: the whole pool was stopped for that time. */
void attempt_shift(struct attempt *a, int64_t by_ns);
/* Its worker was stopped by that signal: reports it where the user must know. */
void attempt_stopped(struct attempt *a, int sig);

#endif
