/* worker: starts, signals and reaps one child. */
#ifndef QPOOL_WORKER_H
#define QPOOL_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "job.h"

/* What all workers of a run share, prepared once so that starting one costs little. */
struct worker_kit {
	char **envp;         /* owned; the last ones are the job's own */
	char *makeflags;     /* owned: in place of our MAKEFLAGS; NULL: ours */
	char seq_text[48], slot_text[32], progress_text[32];
	sigset_t changed;    /* see os_changed_signals */
	struct rlimit nofile; /* as we were started */
	bool nofile_raised;
	int progress_to;     /* the one-digit fd of QPOOL_PROGRESS_FD, open on /dev/null in this process and inherited */
	size_t longest_argument; /* bytes with the NUL that one argument may have */
	size_t argument_room;    /* bytes that argv may have in all, as template_size counts */
};

/*
 * Prepares the kit from the environment of this process, after signals were set up. Raises RLIMIT_NOFILE to what `slots` workers need, as far as
 * the hard limit goes. `makeflags` is the workers' MAKEFLAGS; NULL: as ours. -1 with errno.
 */
int worker_kit_init(struct worker_kit *k, unsigned slots, const char *makeflags);
void worker_kit_free(struct worker_kit *k);

/*
 * Finds `program` as execvp(3) would. Returns 0 and *path (owned by the caller), or the errno that tells why not: ENOENT, EACCES, ...
 */
int worker_find(const char *program, char **path);

/* Where a new worker's output goes. */
struct worker_fds {
	int out, err;  /* -1: ours */
	int progress;  /* -1: /dev/null */
};
/* Starts the job's command. Its pid; -1 as os_spawn. */
pid_t worker_start(struct worker_kit *k, const struct job *j, const char *path, const struct worker_fds *fds, volatile pid_t *note,
    bool *exec_failed);
/* Has its process ended (and is not reaped yet)? */
bool worker_ended(pid_t pid);
/* Sends sig to its process group. */
void worker_signal(pid_t pid, int sig);
/* Reaps it: wstatus, user, sys and maxrss go to j. -1 with errno. */
int worker_reap(pid_t pid, struct job *j);

#endif
