/*
 * keeper: a process that outlives this one if that is killed: it ends the workers and returns what paid for them.
 *
 * It notices the death because a pipe closes. Only this process has the write end and, between vfork(2) and exec(2), a
 * child that is about to become a worker. So when the pipe closes, every such child has recorded its process group or
 * is gone.
 */
#ifndef QPOOL_KEEPER_H
#define QPOOL_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

#include "sys/temp-dir.h"
#include "worker/tokens.h"

enum { KEEPER_MOST_SLOTS = 1000000 };

struct keeper;

/* What it looks after, besides the workers. The fds (-1: none) stay the caller's; the keeper gets copies. */
struct keeper_charge {
	int token_fd;                /* where tokens are returned to, non-blocking */
	const struct tokens *tokens; /* the tokens in hand, which go there; NULL: none */
	int lock_fd;                 /* kept open until the workers are gone: a flock(2) */
	int claim_fd;                /* the same, for the claims on a queue's tasks */
	/*
	 * Removed when the workers are gone; NULL: none. This process removes it itself before keeper_stop, or after.
	 */
	const struct temp_dir *directory;
};

/*
 * Starts the keeper, in a session of its own, with none of our files and all signals ignored. If this process dies, it
 * sends TERM and CONT to each recorded process group, and KILL after grace_ns; it returns a token as soon as one of the
 * groups is gone. All this is in effect when the function returns. NULL with errno.
 */
struct keeper *keeper_start(int64_t grace_ns, const struct keeper_charge *charge);
/*
 * Returns the place where the worker in that slot (1..KEEPER_MOST_SLOTS) records its process group, or minus its pid if
 * it is in ours. The caller sets it to 0 after the process has ended and before it is reaped, because from then on
 * another process may get that number.
 */
volatile pid_t *keeper_note(struct keeper *k, unsigned slot);
/* The worker in that slot runs on the recipe's own slot, so that no token belongs to it; 0: no such worker. */
void keeper_exempt(struct keeper *k, unsigned slot);
/* Ends and reaps the keeper, and frees k. Workers that are still recorded are left alone. */
void keeper_stop(struct keeper *k);

#endif
