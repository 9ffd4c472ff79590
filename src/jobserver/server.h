/*
 * server: shares the slots of -j with the processes of the jobs, as a jobserver.
 *
 * Each job has a pipe of its own. Tokens that were put into it and are not in it any more are in use by the job's
 * processes, whatever they are. So when the job has ended, all of them are available again at once. Tokens that nobody
 * uses are offered in those pipes, and move from one pipe to another if they are left untaken. If MAKEFLAGS can name
 * two ends, tokens that are given back come to us first: otherwise a process that gives one back and asks at once for
 * the next would always be faster than all others. Nothing here waits.
 *
 *     budget = running jobs + in use by their processes + offered in their pipes + free
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
	struct watch watch;                    /* of back_fd; of fd while tokens are wanted back */
	int fd;                                /* owned: both ends, non-blocking; -1: it is not served */
	int back_fd;                           /* owned: where tokens are given back; -1: to fd */
	int read_fd, write_fd;                 /* owned: ends for the job to inherit, until served_started; -1 */
	unsigned given;                        /* tokens put in, less those that came back or were taken out here */
	unsigned surplus;                      /* bytes that came back though they were never given */
	unsigned parked;                       /* of `given`, in the pipe at the last look */
	int64_t passed_mono_ns;                /* as in fair.h */
	uint64_t serial;                       /* the name of its FIFO */
	struct buf makeflags, cargo_makeflags; /* "MAKEFLAGS=..." and "CARGO_MAKEFLAGS=...", each with a NUL */
};

struct server {
	enum jobserver_style style;
	unsigned budget;
	unsigned running;          /* slots that jobs run on */
	struct temp_dir directory; /* of the FIFOs */
	int read_to, write_to;     /* fds of the ends in the jobs; open on /dev/null in this process; -1: none */
	uint64_t serial;           /* of the last FIFO */
	bool changed;              /* since the last look a job began or ended, or the budget changed */
	unsigned quiet;            /* looks since a token was taken or given back */
	int64_t look_mono_ns;      /* when the last look was */
	struct loop *loop;         /* borrowed */
	TAILQ_HEAD(, served) all;
	size_t count;   /* of all */
	unsigned given; /* the sum of theirs */
};

/* Makes the directory, in TMPDIR or /tmp, and reserves the fds. `loop` is borrowed. -1 with errno. */
int server_begin(struct server *s, struct loop *loop, enum jobserver_style style, unsigned budget);
/* Removes the directory. No job may be served any more. */
void server_end(struct server *s);
/* Bytes that the environment of a job gets at most, with the MAKEFLAGS of this process. */
size_t server_environment_size(const struct server *s);

/* Acquires a slot for a job that is ready to start: a free one, or a token that is offered and untaken. false: none. */
bool server_acquire(struct server *s);
void server_release(struct server *s);

/* Makes the pipe and the environment of a job that has its slot. *v must stay in place. -1 with errno. */
int served_open(struct server *s, struct served *v);
/* Adds them to what the job's worker gets. */
void served_place(const struct server *s, const struct served *v, struct worker_place *place);
/* The worker has started, and has inherited its ends. */
void served_started(struct served *v);
/* Tokens that the job's processes use; < 0: they gave back more than they took. */
int served_in_use(const struct served *v);
/*
 * Does any process still have an end to give back to? Known only if that is not the end to read from; otherwise false.
 */
bool served_is_open(const struct served *v);
/* The job has ended: takes everything back. Returns what served_in_use would. */
int served_close(struct server *s, struct served *v);
/* Describes such a number, other than 0, in words. */
void served_problem(char *text, size_t size, int missing);

/* Changes the budget. */
void server_set_budget(struct server *s, unsigned budget);
/*
 * Looks, when it is time, who took and gave back tokens, and spreads those that nobody uses. `wanted`: a job of ours
 * waits for a slot. Returns the time at which to call again even if nothing happens; 0: not necessary.
 */
int64_t server_share(struct server *s, bool wanted, int64_t now_mono_ns);

#endif
