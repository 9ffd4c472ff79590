/* worker: starts, signals and reaps one child. */
#ifndef QPOOL_WORKER_H
#define QPOOL_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "job/job.h"
#include "sys/os-spawn.h"

/* What all workers of a run share, prepared once so that starting one costs little. */
struct worker_kit {
	char **envp;     /* owned; the last ones are the job's own */
	size_t more_at;  /* where in envp a job's own MAKEFLAGS go */
	char *makeflags; /* owned: in place of our MAKEFLAGS; NULL: ours, or the job's own */
	char seq_text[48], slot_text[32], progress_text[32], pid_text[32], task_text[48];
	char *queue;          /* owned: QPOOL_QUEUE=...; NULL: none */
	sigset_t changed;     /* see os_changed_signals */
	struct rlimit nofile; /* as we were started */
	bool nofile_raised;
	int progress_to;         /* the fd of QPOOL_PROGRESS_FD */
	size_t longest_argument; /* bytes with the NUL that one argument may have */
	size_t argument_room;    /* bytes that argv may have in all, as template_size counts */
};

/*
 * A number for QPOOL_PROGRESS_FD, open on /dev/null from now on and inherited: one digit, since dash knows no other, that nobody gave us for the
 * workers, and neither of these two. Called before any file of ours could take the last free one. -1 with errno.
 */
int worker_reserve_fd(int not_a, int not_b);
/*
 * Prepares the kit from the environment of this process, after signals were set up. Raises RLIMIT_NOFILE to what `slots` workers need, as far as the
 * hard limit goes. `makeflags` is the workers' MAKEFLAGS; NULL: as ours. `served` is 0, or how many bytes of environment each job has of its own
 * (worker_place), in place of any MAKEFLAGS of ours. `progress_to` is of worker_reserve_fd. `queue` is what QPOOL_QUEUE says; NULL: nothing of ours. -1 with errno.
 */
int worker_kit_init(
    struct worker_kit *k, unsigned slots, int progress_to, const char *makeflags, size_t served, const char *queue);
void worker_kit_free(struct worker_kit *k);

/*
 * Finds `program` as execvp(3) would. Returns 0 and *path, which the caller frees, or the errno that execvp(3) would
 * give, so that the exit status is that of xargs(1); but EISDIR for a directory that `program` names with a slash.
 */
int worker_find(const char *program, char **path);

/* Are the command's arguments small enough for execve(2)? */
bool worker_fits(const struct worker_kit *k, const struct command *c);

/* The pipes of a worker, the end to read first in each. -1: closed. */
struct worker_pipes {
	int out[2], err[2], progress[2];
};
/* Opens those for its output, and the one for its progress, where wanted. -1 with errno: all are closed. */
int worker_pipes_open(struct worker_pipes *f, bool output, bool progress);
/* Closes what is open. Keeps errno. */
void worker_pipes_close(struct worker_pipes *f);

/* What a new worker finds. */
struct worker_place {
	int out, err;                 /* -1: ours */
	int progress;                 /* -1: /dev/null */
	struct spawn_fd jobserver[2]; /* the ends of its own jobserver's pipe; fd -1: none */
	char *environment[2];         /* "MAKEFLAGS=..." and its like, with `served` only; NULL: none */
	bool foreground;              /* in our process group, on our terminal and stdin */
	volatile pid_t *note;         /* with the keeper */
};
/* Starts the job's command. Its pid; -1 as os_spawn. */
pid_t worker_start(
    struct worker_kit *k, const struct job *j, const char *path, const struct worker_place *place, bool *exec_failed);
/* Has its process ended (and is not reaped yet)? */
bool worker_ended(pid_t pid);
/* Of one that has: did a signal end it? */
bool worker_was_killed(pid_t pid);
/* Sends sig to its process group. */
void worker_signal(pid_t pid, int sig);
/* Reaps it: wstatus, user, sys and maxrss go to j. -1 with errno. */
int worker_reap(pid_t pid, struct job *j);

#endif
