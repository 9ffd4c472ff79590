/* worker: starts, signals and reaps one worker process. Read this file first in src/worker. */
#ifndef QPOOL_WORKER_H
#define QPOOL_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "job/job.h"
#include "sys/os-spawn.h"

/* What all workers of a run share. It is prepared once, so that starting a worker costs little. */
struct worker_kit {
	char **envp;     /* owned array; the last entries are specific to the job */
	size_t more_at;  /* index in envp of the job's own MAKEFLAGS */
	char *makeflags; /* owned: "MAKEFLAGS=..." in place of ours; NULL: ours, or the job's own */
	char seq_text[48], slot_text[32], progress_text[32], pid_text[32], task_text[48];
	char *queue;          /* owned: "QPOOL_QUEUE=..."; NULL: none */
	sigset_t changed;     /* see os_changed_signals */
	struct rlimit nofile; /* the limit that this process was started with */
	bool nofile_raised;
	int progress_to;         /* the fd of QPOOL_PROGRESS_FD */
	size_t longest_argument; /* bytes of one argument at most, with its NUL */
	size_t argument_space;   /* bytes of all arguments at most, as template_size counts */
};

/*
 * Reserves an fd for QPOOL_PROGRESS_FD: opens it on /dev/null, so that workers inherit it. The fd has a single digit,
 * because dash supports no larger fds, and differs from `not_a` and `not_b`. If all single digits are in use, the fd
 * has two digits; so call this before the process opens other files. Returns the fd, or -1 with errno.
 */
int worker_reserve_fd(int not_a, int not_b);
/*
 * Prepares the kit from the environment of this process, after signals were set up. Raises RLIMIT_NOFILE to what
 * `slots` jobs need, as far as the hard limit allows. `progress_to` is the result of worker_reserve_fd. `makeflags` is
 * MAKEFLAGS for the workers; NULL: the same as ours. `served` is the size in bytes of the environment that each job
 * gets of its own (struct worker_place) in place of our MAKEFLAGS; 0: none. `queue` is the value of QPOOL_QUEUE; NULL:
 * unchanged. Returns 0, or -1 with errno.
 */
int worker_kit_init(
    struct worker_kit *k, unsigned slots, int progress_to, const char *makeflags, size_t served, const char *queue);
void worker_kit_free(struct worker_kit *k);

/*
 * Finds `program` as execvp(3) does. Returns 0 and stores in *path a string that the caller frees; or returns the errno
 * that execvp(3) would set, so that the exit status is the same as with xargs(1). The exception is EISDIR, for a
 * directory that `program` names with a slash.
 */
int worker_find(const char *program, char **path);

/* Are the command's arguments small enough for execve(2)? */
bool worker_fits(const struct worker_kit *k, const struct command *c);

/* The pipes of a worker. In each pair, the read end comes first; -1: closed. */
struct worker_pipes {
	int out[2], err[2], progress[2];
};
/*
 * Opens the pipes for the worker's output and the pipe for its progress, if requested. Returns 0, or -1 with errno;
 * after -1, all pipes are closed.
 */
int worker_pipes_open(struct worker_pipes *f, bool output, bool progress);
/* Closes all open pipes. Keeps errno. */
void worker_pipes_close(struct worker_pipes *f);

/* What a new worker gets. All pointers and fds are borrowed. */
struct worker_place {
	int out, err;                 /* -1: ours */
	int progress;                 /* -1: /dev/null */
	struct spawn_fd jobserver[2]; /* the ends of the pipe of its own jobserver; fd -1: none */
	char *environment[2];         /* "MAKEFLAGS=..." and "CARGO_MAKEFLAGS=..." of its own jobserver; NULL: none */
	bool foreground;              /* in our process group, with our terminal and standard input */
	volatile pid_t *note;         /* keeper_note: the address to which it writes its process group */
};
/*
 * Starts the job's command with the program at `path`. Returns the pid of the worker; on failure returns -1 and sets
 * errno and *exec_failed as os_spawn does.
 */
pid_t worker_start(
    struct worker_kit *k, const struct job *j, const char *path, const struct worker_place *place, bool *exec_failed);
/* Has the process ended without being reaped? */
bool worker_ended(pid_t pid);
/* Has the process ended by a signal? */
bool worker_was_killed(pid_t pid);
/* Sends a signal to the worker's process group. */
void worker_signal(pid_t pid, int sig);
/* Reaps the worker, and sets wstatus, user_us, sys_us and maxrss_kib of *j. Returns 0, or -1 with errno. */
int worker_reap(pid_t pid, struct job *j);

#endif
