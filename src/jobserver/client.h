/*
 * jobserver-client: what pays for jobs below a make or another server: the implicit slot of the recipe, and tokens.
 *
 * The first job runs on the slot that every recipe comes with, which is no byte. Each further one needs a byte, read from the server and written
 * back, as it was, when a job is reaped (GNU make manual, "POSIX Jobserver"). Nothing here ever waits, but for 100 ms where a server's pipe is
 * full when a byte is to go back.
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
	JOBSERVER_ABSENT, /* nobody above bounds us: no job needs a token */
	JOBSERVER_SINGLE, /* the recipe's own slot and no more */
	JOBSERVER_JOINED,
};

struct jobserver {
	enum jobserver_mode mode;
	int own[2];            /* owned: descriptions of our own of both ends; -1 */
	int read_fd, write_fd; /* what is read and written: own[], or the inherited ones */
	int lock_fd;           /* owned: the recipe's slot is whose it is locked by; -1: nobody to share it with */
	int wait_fd;           /* owned: locked, shared, by all who wait for lock_fd; -1 */
	bool waits_for_lock;   /* we do */
	struct turns lock_turns;
	bool implicit_used; /* a job of ours runs on it */
	pid_t beside;       /* the implicit slot is a job's of this make while it has other children than us; 0: none */
	bool lock_refused;  /* at the last try another had it */
	bool shared_read;   /* read_fd may be blocking: read with care */
	bool inherited;     /* the workers can use the auth in our MAKEFLAGS */
	bool gone;          /* the server is: nothing is read any more */
	unsigned budget;    /* of the whole build as far as told; 0: unknown */
	struct held held;
	struct turns turns;
};

/*
 * Joins what `auth` (of our environment) names. `from_make` says that a make, or the like, runs us: then no auth and -j1 means one job at a time.
 * Never fails: where it cannot join, the mode is JOBSERVER_SINGLE and `problem` says why and what to change ("" when there is nothing to say).
 */
void jobserver_join(struct jobserver *s, const struct jobserver_auth *auth, bool from_make, char *problem, size_t size);
/* What the keeper needs to give back tokens; points into *s. */
struct keeper_charge jobserver_charge(const struct jobserver *s);
/* All tokens are to be given back before. */
void jobserver_leave(struct jobserver *s);

/* Takes the implicit slot, or a byte, or PAYMENT_NONE: none there now. Never to be called without a job to start. */
enum payment jobserver_acquire(struct jobserver *s, int64_t now_mono_ns);
/* Gives it back. -1 with errno: it could not be written, which only a server that is gone or broken brings about. */
int jobserver_release(struct jobserver *s, enum payment payment, int64_t now_mono_ns);
/* Nanoseconds after which to ask again although nothing became readable; -1: that need not be. */
int64_t jobserver_wait_ns(const struct jobserver *s, int64_t now_mono_ns);
/* The fd that becomes readable when a token may be there; -1: none now. */
int jobserver_fd(const struct jobserver *s, int64_t now_mono_ns);

#endif
