/*
 * auth: reads and writes the jobserver options in MAKEFLAGS (GNU make manual, "Job Slots"; seen with make 4.1 to
 * 4.4.1).
 */
#ifndef QPOOL_JOBSERVER_AUTH_H
#define QPOOL_JOBSERVER_AUTH_H

#include <stdbool.h>

#include "base/buf.h"

enum auth_kind {
	AUTH_NONE,    /* MAKEFLAGS names no jobserver */
	AUTH_FDS,     /* R,W, both above standard error */
	AUTH_FIFO,    /* fifo:PATH */
	AUTH_CLOSED,  /* R,W below 0: make gives no jobserver to this recipe */
	AUTH_INVALID, /* anything else */
};

enum { JOBS_ABSENT = -1, JOBS_UNLIMITED = 0 };

struct jobserver_auth {
	enum auth_kind kind;           /* kind of the last --jobserver-auth or --jobserver-fds */
	int read_fd, write_fd;         /* AUTH_FDS */
	char *path;                    /* owned: AUTH_FIFO */
	int jobs;                      /* number of the last -j; JOBS_UNLIMITED: -j has no number; JOBS_ABSENT */
	double load;                   /* of the last -l; < 0: no limit */
	bool dry_run, question, touch; /* -n -q -t */
};

/* Parses MAKEFLAGS, which may contain any bytes, into *a. jobserver_auth_free frees *a. NULL counts as "". */
void jobserver_auth_parse(struct jobserver_auth *a, const char *makeflags);
/* Parses the value of a --jobserver-auth option, and replaces the kind, fds and path of *a. */
void jobserver_auth_read(struct jobserver_auth *a, const char *text);
void jobserver_auth_free(struct jobserver_auth *a);
/*
 * Appends MAKEFLAGS, with `ours` in place of each -j and each option about a jobserver. Everything else is unchanged,
 * including the variables after ` -- `.
 */
void jobserver_auth_replace(struct buf *b, const char *makeflags, const char *ours);

#endif
