/*
 * client: acquires permission to run jobs below a make or another jobserver: the implicit slot of the recipe, and
 * tokens.
 *
 * The first job uses the implicit slot that every recipe has; this slot has no token. Each further job needs a token: a
 * byte that is read from the server's pipe, and written back unchanged when the job is reaped (GNU make manual, "POSIX
 * Jobserver"). No function waits, except that returning a token to a full pipe takes up to 100 ms.
 */
#ifndef QPOOL_JOBSERVER_CLIENT_H
#define QPOOL_JOBSERVER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/tokens.h"
#include "job/job.h"
#include "jobserver/auth.h"
#include "worker/keeper.h"
#include "sys/os.h"
#include "jobserver/turns.h"

/* What entitles a job to run. */
enum payment {
	PAYMENT_NONE,     /* nothing: the job must not run */
	PAYMENT_UNNEEDED, /* no jobserver limits the jobs */
	PAYMENT_IMPLICIT, /* the slot that make gave to this process's recipe */
	PAYMENT_TOKEN,    /* a token of the jobserver above */
	PAYMENT_BUDGET,   /* a slot of the budget that this process serves */
};

enum jobserver_mode {
	JOBSERVER_ABSENT, /* no jobserver limits the jobs, so they need no tokens */
	JOBSERVER_SINGLE, /* only the recipe's own slot is available */
	JOBSERVER_JOINED,
};

/* Where the name of the jobserver comes from. */
enum jobserver_origin {
	FROM_MAKE,        /* MAKEFLAGS, set by a make or a similar program that also set MAKELEVEL */
	FROM_ENVIRONMENT, /* MAKEFLAGS or CARGO_MAKEFLAGS without a make */
	FROM_OPTION,      /* option --jobserver-auth */
};

struct jobserver {
	enum jobserver_mode mode;
	int own[2];            /* owned: separate open file descriptions for both ends; -1: none */
	int read_fd, write_fd; /* the ends in use: own[], or the inherited ends */
	int lock_fd; /* owned: the holder of its lock has the recipe's slot; -1: no other process shares the slot */
	int wait_fd; /* owned: all processes that wait for lock_fd have a shared lock on it; -1: none */
	bool waits_for_lock; /* this process waits for lock_fd */
	struct turns lock_turns;
	bool implicit_used; /* a job of this process runs on the recipe's slot */
	pid_t beside;       /* a make: while it has other children than us, they use the recipe's slot; 0: none */
	bool lock_refused;  /* on the last try another process had the recipe's slot */
	bool shared_read;   /* read_fd may be blocking, so only os_read_byte may read it */
	bool inherited;     /* workers can use the jobserver that our MAKEFLAGS names */
	bool gone;          /* the server is gone, and its pipe is not read any more */
	unsigned budget;    /* number of slots of the whole build, from MAKEFLAGS; 0: unknown */
	struct tokens in_hand;
	struct turns turns;
};

/*
 * Joins the jobserver that `auth` names. Below a make, -j1 without a jobserver means one job at a time. Never fails: if
 * the jobserver cannot be joined, the mode becomes JOBSERVER_SINGLE, and `problem` describes the reason and what to
 * change; otherwise `problem` is "".
 */
void jobserver_join(
    struct jobserver *s, const struct jobserver_auth *auth, enum jobserver_origin origin, char *problem, size_t size);
/* Returns what the keeper needs to return tokens. The result points into *s. */
struct keeper_charge jobserver_charge(const struct jobserver *s);
/* Leaves the jobserver. The caller must have returned all tokens. */
void jobserver_leave(struct jobserver *s);

/*
 * Acquires the implicit slot or a token. The caller must have a job that is ready to start. Returns PAYMENT_NONE if
 * neither is available now.
 */
enum payment jobserver_acquire(struct jobserver *s, int64_t now_mono_ns);
/*
 * Releases a payment. Returns 0, or -1 with errno if the token could not be written, because the server is gone or
 * broken.
 */
int jobserver_release(struct jobserver *s, enum payment payment, int64_t now_mono_ns);
/* Returns the nanoseconds after which to try again even if nothing became readable; -1 if that is unnecessary. */
int64_t jobserver_wait_ns(const struct jobserver *s, int64_t now_mono_ns);
/* Returns the fd that becomes readable when a token may be available; -1 if there is nothing to wait for now. */
int jobserver_fd(const struct jobserver *s, int64_t now_mono_ns);

#endif
