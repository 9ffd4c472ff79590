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

/* What all workers of a run share. It is prepared once, so that starting one costs little. */
struct worker_kit {
	char **envp;     /* owned array; the last entries are those of the job */
	size_t more_at;  /* index in envp of the job's own MAKEFLAGS */
	char *makeflags; /* owned: "MAKEFLAGS=..." that replaces ours; NULL: ours, or the job's own */
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
 * Reserves an fd for QPOOL_PROGRESS_FD: opens it on /dev/null, to be inherited. It is a single digit, since dash
 * supports no others, that is not open yet and neither of these two. To be called before this process opens files,
 * which could take the last free digit. If all are in use, the fd has two digits. -1 with errno.
 */
int worker_reserve_fd(int not_a, int not_b);
/*
 * Prepares the kit from the environment of this process, after signals were set up. Raises RLIMIT_NOFILE to what that
 * number of slots needs, as far as the hard limit allows. `progress_to` is from worker_reserve_fd. `makeflags`:
 * MAKEFLAGS of the workers; NULL: as ours. `served`: bytes of environment that each job has of its own (struct
 * worker_place), in place of any MAKEFLAGS of ours; 0: none. `queue`: the value of QPOOL_QUEUE; NULL: left as it is. -1
 * with errno.
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

/* What a new worker gets. All borrowed. */
struct worker_place {
	int out, err;                 /* -1: ours */
	int progress;                 /* -1: /dev/null */
	struct spawn_fd jobserver[2]; /* the ends of the pipe of its own jobserver; fd -1: none */
	char *environment[2];         /* "MAKEFLAGS=..." and the like, if it is served; NULL: none */
	bool foreground;              /* in our process group, with our terminal and standard input */
	volatile pid_t *note;         /* with the keeper: where it records its process group */
};
/* Starts the job's command, the program at `path`. Returns its pid, or -1 as os_spawn does. */
pid_t worker_start(
    struct worker_kit *k, const struct job *j, const char *path, const struct worker_place *place, bool *exec_failed);
/* Has the process ended without being reaped? */
bool worker_ended(pid_t pid);
/* Has it ended by a signal? */
bool worker_was_killed(pid_t pid);
/* Sends a signal to its process group. */
void worker_signal(pid_t pid, int sig);
/* Reaps it, and sets wstatus, user_us, sys_us and maxrss_kib of j. -1 with errno. */
int worker_reap(pid_t pid, struct job *j);

#endif
