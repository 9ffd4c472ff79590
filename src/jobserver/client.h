/*
 * client: pays for jobs below a make or another jobserver: with the implicit slot of the recipe, and with tokens.
 *
 * The first job runs on the slot that every recipe has, which has no token. Each further one needs a token: a byte that
 * is read from the server's pipe, and written back unchanged when the job is reaped (GNU make manual, "POSIX
 * Jobserver"). Nothing here waits, except for up to 100 ms when a token must be returned to a pipe that is full.
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

/* What pays for a running job. */
enum payment {
	PAYMENT_NONE,     /* nothing: the job must not run */
	PAYMENT_UNNEEDED, /* nothing limits the jobs from outside */
	PAYMENT_IMPLICIT, /* the slot that make gave to this process's recipe */
	PAYMENT_TOKEN,    /* a token of the jobserver above */
	PAYMENT_BUDGET,   /* a part of the budget that this process serves itself */
};

enum jobserver_mode {
	JOBSERVER_ABSENT, /* nothing above limits the jobs: none needs a token */
	JOBSERVER_SINGLE, /* only the recipe's own slot is available */
	JOBSERVER_JOINED,
};

/* Who named the jobserver. */
enum jobserver_origin {
	FROM_MAKE,        /* MAKEFLAGS below a make or the like, which set MAKELEVEL */
	FROM_ENVIRONMENT, /* MAKEFLAGS or CARGO_MAKEFLAGS without a make */
	FROM_OPTION,      /* our caller, with --jobserver-auth */
};

struct jobserver {
	enum jobserver_mode mode;
	int own[2];            /* owned: open file descriptions of our own for both ends; -1: none */
	int read_fd, write_fd; /* what is read and written: own[], or the inherited ends */
	int lock_fd;           /* owned: its lock gives the recipe's slot; -1: no other process shares it */
	int wait_fd;           /* owned: locked, shared, by all processes that wait for lock_fd; -1 */
	bool waits_for_lock;   /* this process does */
	struct turns lock_turns;
	bool implicit_used; /* a job of this process runs on the recipe's slot */
	pid_t beside;       /* while this make has children other than us, its jobs use the recipe's slot; 0: none */
	bool lock_refused;  /* on the last try another process had the recipe's slot */
	bool shared_read;   /* read_fd may be blocking, and must be read with care */
	bool inherited;     /* workers can use the jobserver that our MAKEFLAGS names */
	bool gone;          /* the server is gone: it is not read any more */
	unsigned budget;    /* of the whole build, as far as MAKEFLAGS says; 0: unknown */
	struct tokens in_hand;
	struct turns turns;
};

/*
 * Joins the jobserver that `auth` names. Below a make, -j1 without a jobserver means one job at a time. Never fails: if
 * it cannot join, the mode is JOBSERVER_SINGLE, and `problem` describes why and what to change ("" if nothing is
 * wrong).
 */
void jobserver_join(
    struct jobserver *s, const struct jobserver_auth *auth, enum jobserver_origin origin, char *problem, size_t size);
/* What the keeper needs to return tokens; points into *s. */
struct keeper_charge jobserver_charge(const struct jobserver *s);
/* Leaves it. All tokens must be returned before. */
void jobserver_leave(struct jobserver *s);

/*
 * Acquires the implicit slot or a token for a job that is ready to start, and for nothing else. PAYMENT_NONE: not now.
 */
enum payment jobserver_acquire(struct jobserver *s, int64_t now_mono_ns);
/* Releases it. -1 with errno: the token could not be written, because the server is gone or broken. */
int jobserver_release(struct jobserver *s, enum payment payment, int64_t now_mono_ns);
/* Nanoseconds after which to ask again even if nothing became readable; -1: not necessary. */
int64_t jobserver_wait_ns(const struct jobserver *s, int64_t now_mono_ns);
/* The fd that becomes readable when a token may be available; -1: none now. */
int jobserver_fd(const struct jobserver *s, int64_t now_mono_ns);

#endif
