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

enum { KEEPER_MOST_SLOTS = 1000000 };

struct keeper;

/*
 * The byte of the jobserver that pays for the worker in a slot, in memory that both see. It is read(2) right into `byte`, and written back by a
 * counted write (os.h): so wherever SIGKILL falls, the keeper knows whether the byte is to be given back.
 */
struct keeper_token {
	volatile unsigned char state; /* enum keeper_token_state */
	volatile unsigned char byte;
	volatile uint32_t before;     /* KEEPER_RETURNING: counted writes made before this one, modulo 2^32 */
};
enum keeper_token_state {
	KEEPER_NO_TOKEN,
	KEEPER_TAKING,    /* being read: held if byte is not KEEPER_NO_BYTE */
	KEEPER_HELD,
	KEEPER_RETURNING, /* being written: held if no more than `before` writes were made */
};
enum { KEEPER_NO_BYTE = 0 };

/* What it looks after besides the workers; each fd -1 for none. They stay the caller's, the keeper has copies. */
struct keeper_charge {
	int token_fd;       /* where the tokens go back to, non-blocking */
	int count_fd;       /* of os_counted_open */
	int lock_fd;        /* held open until the workers are gone: a flock(2) */
	const char *folder; /* a folder that is to be emptied and removed; NULL */
};

/*
 * Starts it: in a session of its own, holding none of our files, deaf to signals. When qpool dies it sends TERM and CONT to each noted group, and
 * KILL after grace_ns, and gives each one's token back as soon as that group is gone. All of that holds when this returns. NULL with errno.
 */
struct keeper *keeper_start(int64_t grace_ns, const struct keeper_charge *charge);
/* Where the worker in that slot (1..KEEPER_MOST_SLOTS) notes its process group, or minus its pid when it is in ours; clear to 0 when its process has ended and
 * before it is reaped, since from then on the number may be another's. */
volatile pid_t *keeper_note(struct keeper *k, unsigned slot);
/* The token of that slot. */
struct keeper_token *keeper_token(struct keeper *k, unsigned slot);
/* Ends and reaps it, frees k. Whoever is still noted is left alone. */
void keeper_stop(struct keeper *k);

#endif
