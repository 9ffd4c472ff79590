/*
 * keeper: the guardian process that ends the workers when qpool is killed outright.
 *
 * It learns of qpool's death by a pipe closing. The write end is held by qpool alone and, for the moment between vfork(2) and exec(2), by a child about
 * to become a worker: so when the pipe closes, every child has noted its group or is gone.
 */
#ifndef QPOOL_KEEPER_H
#define QPOOL_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

enum { KEEPER_MOST_SLOTS = 1000000 };

struct keeper;

/*
 * Starts it: in a session of its own, holding none of our files, deaf to signals. When qpool dies it sends TERM and CONT to each
 * noted group, and KILL after grace_ns. All of that holds when this returns. NULL with errno.
 */
struct keeper *keeper_start(int64_t grace_ns);
/* Where the worker in that slot (1..KEEPER_MOST_SLOTS) notes its process group; clear to 0 when its process has ended and before it is
 * reaped, since from then on the number may be another's. */
volatile pid_t *keeper_note(struct keeper *k, unsigned slot);
/* Ends and reaps it, frees k. Whoever is still noted is left alone. */
void keeper_stop(struct keeper *k);

#endif
