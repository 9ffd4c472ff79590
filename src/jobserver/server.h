/*
 * server: shares the slots of -j with the processes of the jobs, as a jobserver.
 *
 * Each job has a pipe of its own. One of the job's processes is using each token that was written to the pipe and is no
 * longer in it. So when the job has ended, all its tokens are available again at once. Unused tokens are offered in the
 * pipes of the jobs, and move to another pipe if no process takes them. If MAKEFLAGS can name two ends, processes
 * return tokens to a second pipe, which only this process reads: with one pipe, a process that returns a token and
 * immediately asks for the next would always be faster than all others. No function waits.
 *
 *         budget = running jobs + tokens in use by their processes + tokens offered in their pipes + free slots
 */
#ifndef QPOOL_JOBSERVER_SERVER_H
#define QPOOL_JOBSERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "jobserver/environment.h"
#include "sys/loop.h"
#include "sys/temp-dir.h"
#include "worker/worker.h"

/* The jobserver of one job. */
struct served {
	TAILQ_ENTRY(served) entry;
	struct server *server;                 /* borrowed */
	struct watch watch;                    /* watches back_fd, or fd while tokens are being taken back */
	int fd;                                /* owned: both ends, non-blocking; -1: the job has no jobserver */
	int back_fd;                           /* owned: pipe in which tokens come back; -1: they come back in fd */
	int read_fd, write_fd;                 /* owned: ends for the job to inherit, until served_started; -1: none */
	unsigned given;                        /* tokens written to the pipe and neither returned nor taken back */
	unsigned surplus;                      /* returned bytes beyond the tokens that were given */
	unsigned parked;                       /* tokens of `given` that were in the pipe at the last look */
	int64_t passed_mono_ns;                /* as in fair.h */
	uint64_t serial;                       /* number in the name of its FIFO */
	struct buf makeflags, cargo_makeflags; /* "MAKEFLAGS=..." and "CARGO_MAKEFLAGS=...", each with a NUL */
};

struct server {
	enum jobserver_style style;
	unsigned budget;
	unsigned running;          /* slots that jobs run on */
	struct temp_dir directory; /* directory of the FIFOs */
	int read_to, write_to; /* fds of the ends in the jobs; in this process they are open on /dev/null; -1: none */
	uint64_t serial;       /* number of the last FIFO */
	bool changed;          /* a job began or ended, or the budget changed, since the last look */
	unsigned quiet;        /* number of looks since a token was taken or returned */
	int64_t look_mono_ns;  /* time of the last look */
	struct loop *loop;     /* borrowed */
	TAILQ_HEAD(, served) all;
	size_t count;   /* number of entries in `all` */
	unsigned given; /* sum of `given` over `all` */
};

/* Makes the directory, in TMPDIR or /tmp, and reserves the fds. `loop` is borrowed. Returns 0, or -1 with errno. */
int server_begin(struct server *s, struct loop *loop, enum jobserver_style style, unsigned budget);
/* Removes the directory. Every served job must have been closed. */
void server_end(struct server *s);
/*
 * Returns the largest number of bytes that the jobserver adds to a job's environment, given the MAKEFLAGS of this
 * process.
 */
size_t server_environment_size(const struct server *s);

/*
 * Acquires a slot for a job that is ready to start: a free slot, or an offered token that no process has taken. Returns
 * false if there is neither.
 */
bool server_acquire(struct server *s);
void server_release(struct server *s);

/*
 * Makes the pipe and the environment of a job that has its slot. *v must not move until served_close. Returns 0, or -1
 * with errno.
 */
int served_open(struct server *s, struct served *v);
/* Adds the pipe and the environment to what the job's worker gets. */
void served_place(const struct server *s, const struct served *v, struct worker_place *place);
/* Reports that the worker has started and has inherited its ends of the pipe. */
void served_started(struct served *v);
/*
 * Returns the number of tokens that the job's processes use; a negative number means that they returned more than they
 * took.
 */
int served_in_use(const struct served *v);
/*
 * Does any process still have the end for returning tokens open? Returns false if the job reads and returns tokens in
 * the same pipe, because then the answer is unknown.
 */
bool served_is_open(const struct served *v);
/* Takes back all tokens of a job that has ended, and frees its pipe. Returns what served_in_use would return. */
int served_close(struct server *s, struct served *v);
/* Describes a result of served_close other than 0 in words, in at most `size` bytes with the NUL. */
void served_problem(char *text, size_t size, int missing);

/* Changes the number of slots of the budget. */
void server_set_budget(struct server *s, unsigned budget);
/*
 * When a look is due, finds out which tokens were taken and returned, and spreads the unused tokens. `wanted`: a job of
 * ours waits for a slot. Returns the time at which to call again even if nothing happens, or 0 if that is unnecessary.
 */
int64_t server_share(struct server *s, bool wanted, int64_t now_mono_ns);

#endif
