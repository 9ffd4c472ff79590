/*
 * held: the tokens of a jobserver that we hold, as bytes in a pipe of our own.
 *
 * A token is moved from the server's pipe to this one, and back, by one system call (os_move_byte): so wherever SIGKILL falls it is in one of the two,
 * and whoever outlives us has but to move back what is here. Where that call cannot be had it is copied by two, and one that KILL falls between is
 * lost or, given back, there twice.
 */
#ifndef QPOOL_HELD_H
#define QPOOL_HELD_H

#include <stdbool.h>

struct held {
	int fd[2];      /* owned: the pipe */
	bool copies;    /* by two calls */
	unsigned count; /* tokens here */
	unsigned most;  /* it has room for so many */
};

/* `server_fd` is an end of the server's pipe, which has at most `tokens` in it; 0: unknown. -1 with errno. */
int held_open(struct held *h, int server_fd, unsigned tokens);
void held_close(struct held *h);

/*
 * Takes one from the server's pipe, and never waits; `shared` says that O_NONBLOCK of that fd is not ours to set. 1; 0: nobody serves any more; -1 with
 * errno (EAGAIN: none there).
 */
int held_take(struct held *h, int server_fd, bool shared);
/* Gives one back. 1; -1 with errno (EAGAIN: that pipe is full). Of those held, the one that is longest here. */
int held_put_back(struct held *h, int server_fd);
/* For a survivor that was given fd and copies: how many are there; 0 when it cannot be told. */
unsigned held_left(const struct held *h);

#endif
