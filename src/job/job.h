/* job: the one struct that the layers share. */
#ifndef QPOOL_JOB_H
#define QPOOL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Who ended a job. With wstatus it makes the job's outcome (outcome.h). */
enum job_end {
	JOB_RAN,         /* its process ended by itself; wstatus says how */
	JOB_TIMED_OUT,   /* --timeout ended it */
	JOB_INTERRUPTED, /* a signal to qpool ended it: never done for --resume */
	JOB_HALTED,      /* --halt now ended it: never done for --resume */
	JOB_NOT_RUN,     /* exec(2) failed with exec_errno; wstatus is made up: 126 or 127 */
	JOB_INVALID,     /* its line cannot be a task; no process, wstatus is made up: exit 1 */
};

/* What pays for a running job. */
enum token {
	TOKEN_NONE,     /* nothing: it does not run */
	TOKEN_UNNEEDED, /* nobody counts */
	TOKEN_IMPLICIT, /* the slot that our own process was started with */
	TOKEN_BYTE,     /* a byte of the jobserver */
	TOKEN_OWN,      /* of the budget that we serve */
};

/*
 * What a job runs. One allocation behind argv holds everything; command_free gives it back.
 * A shell line has argv {"/bin/sh", "-c", LINE}.
 */
struct command {
	char **argv; /* owned, NULL-terminated */
	size_t argc;
	bool shell; /* argv[2] is a shell line */
};

/* One attempt to run a task. Filled in by the pool; the records read it. */
struct job {
	uint64_t seq;          /* the task's place in the input, from 1 */
	uint64_t task_id;      /* in the queue it is from; 0: of none */
	unsigned attempt;      /* from 1 */
	unsigned tries_left;   /* attempts that will follow this one if it failed; 0 = final */
	unsigned slot;         /* 1..j; 0: it never had one */
	pid_t pid;             /* 0: no process */
	int64_t start_wall_us; /* since the epoch */
	int64_t wall_ns;       /* start to reaping */
	int64_t user_us, sys_us;
	int64_t maxrss_kib;
	int64_t queued_ns; /* from its line being read to its start */
	int64_t token_ns;  /* of that, waiting for a token of the jobserver */
	uint64_t out_bytes, err_bytes;
	int wstatus; /* as from wait(2) */
	enum job_end end;
	int exec_errno;         /* with JOB_NOT_RUN */
	struct command command; /* owned */
};

#endif
