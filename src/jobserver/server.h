/*
 * jobserver-server: the slots of -j, served to the jobs' own children as a jobserver.
 *
 * Each job has a pipe of its own. What was put into it and lies in it no more is what the job's processes hold, whatever they are; so when the job is
 * over all of it is there again at once. What nobody uses lies in those pipes to be taken, and goes from one to another where it is left lying. Where
 * MAKEFLAGS can name two ends, what is given back comes to us first: else who gives back and asks at once for the next would always be faster than
 * all others. Nothing here ever waits.
 *
 *     budget = jobs that run + what their processes hold + what lies in their pipes + free
 */
#ifndef QPOOL_JOBSERVER_SERVER_H
#define QPOOL_JOBSERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "sys/loop.h"
#include "worker/worker.h"

/* How MAKEFLAGS names the pipe; options.def has their names. */
enum jobserver_style {
	STYLE_AUTO, /* in each way that some client knows: a make takes the last and abbreviated option, others look for a full name (seen with make 4.3 and 4.4.1, ninja 1.13, cargo 1.95) */
	STYLE_FIFO, /* fifo:PATH, as make 4.4 does */
	STYLE_PIPE, /* R,W, as make 4.2 and 4.3 do */
};

/* What serves one job. */
struct served {
	TAILQ_ENTRY(served) entry;
	struct server *server;
	struct watch watch;                    /* of back_fd; of fd while something is wanted back */
	int fd;                                /* owned: both ends, non-blocking; -1: it is not served */
	int back_fd;                           /* owned: what is given back; -1: that goes to fd */
	int read_fd, write_fd;                 /* owned: ends for the job to inherit, until served_started; -1 */
	unsigned given;                        /* tokens put in, less those taken out by us and come back */
	unsigned surplus;                      /* came back though they were never given */
	unsigned parked;                       /* of these lay in it at the last look */
	int64_t passed_mono_ns;                /* as in budget.h */
	uint64_t serial;                       /* the name of its FIFO */
	struct buf makeflags, cargo_makeflags; /* "MAKEFLAGS=...", with NUL */
};

struct server {
	enum jobserver_style style;
	unsigned budget;
	unsigned running;      /* tokens that jobs run on */
	char *folder;          /* owned: of the FIFOs; NULL: not begun */
	int read_to, write_to; /* fds that stand for the ends in the jobs; hold /dev/null in this process; -1: none */
	uint64_t serial;       /* of the last pipe */
	bool changed;          /* a job began or ended, or the budget is another */
	unsigned quiet;        /* looks since anybody took or gave back */
	int64_t look_mono_ns;  /* the last one */
	struct loop *loop;     /* the caller's */
	TAILQ_HEAD(, served) all;
	size_t count;   /* of all */
	unsigned given; /* the sum of theirs */
};

/* Makes the folder, in TMPDIR or /tmp, and reserves the fds. -1 with errno. */
int server_begin(struct server *s, struct loop *loop, enum jobserver_style style, unsigned budget);
/* Removes the folder. No job is served any more. */
void server_end(struct server *s);
/* Bytes that the environment of a job has more for it, at most; given the MAKEFLAGS of this process. */
size_t server_environment_size(const struct server *s);

/* Takes a token for a job that is to start: a free one, else one that lies untaken. False: all are in use. */
bool server_take(struct server *s);
void server_put_back(struct server *s);

/* Makes the pipe and the MAKEFLAGS for a job that has its token, as long as it is served. -1 with errno. */
int served_open(struct server *s, struct served *v);
/* Adds that to what the job's worker finds. */
void served_place(const struct server *s, const struct served *v, struct worker_place *place);
/* The job's process has the inherited ends. */
void served_started(struct served *v);
/* How many tokens the job's processes hold. Below 0: they have put in more than they took. */
int served_held(const struct served *v);
/* Has any process still an end to give back to? Known where that is an end of its own; else no. */
bool served_is_open(const struct served *v);
/* The job is over, all is taken back. Returns what served_held would. */
int served_close(struct server *s, struct served *v);
/* Says in words what such a number other than 0 means. */
void served_problem(char *text, size_t size, int held);

/* From now on so many. */
void server_set_budget(struct server *s, unsigned budget);
/*
 * Where it is time to, looks who took and gave back, and spreads what nobody uses. `wanted`: a job of ours waits for a token. Returns when it is to
 * be called again although nothing was told meanwhile; 0: that need not be.
 */
int64_t server_share(struct server *s, bool wanted, int64_t now_mono_ns);

#endif
