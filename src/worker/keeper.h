/*
 * keeper: the guardian process that ends the workers, and gives back what they were paid with, when qpool is killed outright.
 *
 * It learns of qpool's death by a pipe closing. The write end is held by qpool alone and, for the moment between vfork(2) and exec(2), by a child
 * about to become a worker: so when the pipe closes, every child has noted its group or is gone.
 */
#ifndef QPOOL_KEEPER_H
#define QPOOL_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

#include "worker/tokens.h"

enum { KEEPER_MOST_SLOTS = 1000000 };

struct keeper;

/* What it looks after besides the workers; each fd -1 for none. They stay the caller's, the keeper has copies. */
struct keeper_charge {
	int token_fd;            /* where the tokens go back to, non-blocking */
	const struct held *held; /* the tokens that go there; NULL */
	int lock_fd;             /* held open until the workers are gone: a flock(2) */
	int claim_fd;            /* the same, of a queue's claims */
	const char *folder;      /* a folder that is to be emptied and removed; NULL */
};

/*
 * Starts it: in a session of its own, holding none of our files, deaf to signals. When qpool dies it sends TERM and CONT to each noted group, and
 * KILL after grace_ns, and gives a token back as soon as one of the groups is gone. All of that holds when this returns. NULL with errno.
 */
struct keeper *keeper_start(int64_t grace_ns, const struct keeper_charge *charge);
/* Where the worker in that slot (1..KEEPER_MOST_SLOTS) notes its process group, or minus its pid when it is in ours; clear to 0 when its process has ended and
 * before it is reaped, since from then on the number may be another's. */
volatile pid_t *keeper_note(struct keeper *k, unsigned slot);
/* The worker in that slot is the one that the recipe's own slot pays for, not a token; 0: there is none. */
void keeper_exempt(struct keeper *k, unsigned slot);
/* Ends and reaps it, frees k. Whoever is still noted is left alone. */
void keeper_stop(struct keeper *k);

#endif
