/*
 * keeper: a process that survives if this process is killed. The keeper then ends the workers and returns their tokens.
 *
 * The keeper notices the death because a pipe closes. Only this process has the write end; each child that becomes a
 * worker also has it for a moment, between vfork(2) and exec(2). So when the pipe closes, every such child has recorded
 * its process group or is gone.
 */
#ifndef QPOOL_KEEPER_H
#define QPOOL_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

#include "sys/temp-dir.h"
#include "worker/tokens.h"

enum { KEEPER_MOST_SLOTS = 1000000 };

struct keeper;

/* What the keeper releases, besides the workers. The fds (-1: none) stay the caller's; the keeper gets copies. */
struct keeper_charge {
	int token_fd;                /* the pipe to which tokens are returned, non-blocking */
	const struct tokens *tokens; /* the tokens in hand, which the keeper returns to token_fd; NULL: none */
	int lock_fd;                 /* kept open until the workers are gone: a flock(2) */
	int claim_fd;                /* kept open like lock_fd, for the claims on a queue's tasks */
	/*
	 * A directory that the keeper removes when the workers are gone; NULL: none. If this process ends normally, it
	 * removes the directory itself, before or after keeper_stop.
	 */
	const struct temp_dir *directory;
};

/*
 * Starts the keeper in a session of its own, with none of our other files open and all signals ignored. If this process
 * dies, the keeper sends TERM and CONT to each recorded process group, and KILL after grace_ns; whenever a group is
 * gone, the keeper returns a token. All this is in effect when the function returns. Returns NULL with errno on
 * failure.
 */
struct keeper *keeper_start(int64_t grace_ns, const struct keeper_charge *charge);
/*
 * Returns the address to which the worker in that slot (1..KEEPER_MOST_SLOTS) writes its process group, or its negated
 * pid if it is in our process group. The caller sets the value to 0 after the worker has ended and before it is reaped,
 * because afterwards another process may get the same pid.
 */
volatile pid_t *keeper_note(struct keeper *k, unsigned slot);
/*
 * Names the slot whose worker runs on the implicit slot that make gave to our recipe, so that no token is returned for
 * it; 0: none.
 */
void keeper_exempt(struct keeper *k, unsigned slot);
/* Ends and reaps the keeper, and frees k. Workers that are still recorded are left alone. */
void keeper_stop(struct keeper *k);

#endif
