/* job: one attempt to run a task. The engine fills in the struct, and records are written from it. */
#ifndef QPOOL_JOB_H
#define QPOOL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Who ended a job. With wstatus this gives the outcome of the job (outcome.h). */
enum job_end {
	JOB_RAN,         /* nobody: the process exited or died by itself; wstatus has the details */
	JOB_TIMED_OUT,   /* qpool ended it because of --timeout */
	JOB_INTERRUPTED, /* qpool ended it after a signal to qpool; --resume runs the task again */
	JOB_HALTED,      /* qpool ended it because of --halt now; --resume runs the task again */
	JOB_NOT_RUN,     /* exec(2) failed with exec_errno; wstatus is set to exit status 126 or 127 */
	JOB_INVALID, /* no process was started, because the line cannot be a task; wstatus is set to exit status 1 */
};

/*
 * The command of a job. A shell line has argv {"/bin/sh", "-c", LINE}. argv and all its words are one allocation, which
 * command_free (template.h) releases.
 */
struct command {
	char **argv; /* owned, NULL-terminated */
	size_t argc;
	bool shell; /* argv[2] is a shell line */
};

/* One attempt to run a task. Times of day are CLOCK_REALTIME, durations are CLOCK_MONOTONIC. */
struct job {
	uint64_t seq;          /* of the task in the input, from 1 */
	uint64_t task_id;      /* of the task in its queue; 0: not from a queue */
	unsigned attempt;      /* from 1 */
	unsigned tries_left;   /* number of attempts that follow if this one fails; 0: this is the last one */
	unsigned slot;         /* 1..j; 0: it never had one */
	pid_t pid;             /* 0: no process */
	int64_t start_wall_us; /* microseconds since the epoch */
	int64_t wall_ns;       /* from the start to reaping */
	int64_t user_us, sys_us;
	int64_t maxrss_kib;
	int64_t queued_ns; /* from reading the line to the start */
	int64_t token_ns;  /* the part of queued_ns spent waiting for a token of the jobserver */
	uint64_t out_bytes, err_bytes;
	int wstatus; /* as from wait(2) */
	enum job_end end;
	int exec_errno;         /* with JOB_NOT_RUN */
	struct command command; /* owned */
};

#endif
