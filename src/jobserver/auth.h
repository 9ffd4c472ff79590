/* jobserver-auth: what MAKEFLAGS says of the jobserver, read and written (GNU make manual, "Job Slots"; seen with make 4.1 to 4.4.1). */
#ifndef QPOOL_JOBSERVER_AUTH_H
#define QPOOL_JOBSERVER_AUTH_H

#include <stdbool.h>

#include "base/buf.h"

enum auth_kind {
	AUTH_NONE,    /* nothing there */
	AUTH_FDS,     /* R,W */
	AUTH_FIFO,    /* fifo:PATH */
	AUTH_CLOSED,  /* R,W below 0: make says that this recipe gets none */
	AUTH_STRANGE, /* something else: cannot be used */
};

enum { JOBS_UNSAID = -1, JOBS_UNBOUNDED = 0 };

struct jobserver_auth {
	enum auth_kind kind;           /* of the last --jobserver-auth or --jobserver-fds */
	int read_fd, write_fd;         /* AUTH_FDS */
	char *path;                    /* AUTH_FIFO; owned */
	int jobs;                      /* of the last -j: its number, JOBS_UNBOUNDED without one; JOBS_UNSAID */
	bool dry_run, question, touch; /* -n -q -t */
};

/* Reads MAKEFLAGS. Whatever bytes it has, fills *a in; the owner frees with jobserver_auth_free. NULL is as "". */
void jobserver_auth_parse(struct jobserver_auth *a, const char *makeflags);
/* Reads one auth as it stands behind `--jobserver-auth=`: kind, fds and path of *a are replaced. */
void jobserver_auth_read(struct jobserver_auth *a, const char *text);
void jobserver_auth_free(struct jobserver_auth *a);
/* Appends MAKEFLAGS with `ours` in the place of each -j and each option of the jobserver; the rest as it was, variables behind ` -- ` included. */
void jobserver_auth_replace(struct buf *b, const char *makeflags, const char *ours);

#endif
