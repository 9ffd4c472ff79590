/*
 * tokens: the tokens in hand: bytes that were taken from the pipe of a jobserver, in a pipe of our own.
 *
 * One system call (os_move_byte) moves a token from the server's pipe to this one, and another moves it back. So,
 * whenever SIGKILL ends this process, each token is in one of the two pipes, and a survivor only has to move back what
 * is here. On systems without that call a token is copied by two calls; if SIGKILL comes between these, the token is
 * lost, or exists twice if it was being given back.
 */
#ifndef QPOOL_TOKENS_H
#define QPOOL_TOKENS_H

#include <stdbool.h>

struct tokens {
	int fd[2];      /* owned: the pipe */
	bool copies;    /* tokens are copied by two calls */
	unsigned count; /* tokens in hand */
	unsigned most;  /* capacity of the pipe */
};

/*
 * Opens the pipe. `server_fd` is an end of the server's pipe, which has at most `tokens` in it; 0: unknown. -1 with
 * errno.
 */
int tokens_open(struct tokens *t, int server_fd, unsigned tokens);
void tokens_close(struct tokens *t);

/*
 * Takes one from the server's pipe, and never waits. `shared`: the fd's description belongs to other processes too, so
 * O_NONBLOCK may not be set on it. Returns 1; 0: the server is gone; -1 with errno (EAGAIN: none is available).
 */
int tokens_acquire(struct tokens *t, int server_fd, bool shared);
/* Gives back the token that is longest in hand. Returns 1; -1 with errno (EAGAIN: the server's pipe is full). */
int tokens_release(struct tokens *t, int server_fd);
/* Counts the bytes in the pipe, for a survivor, which has only `fd` and `copies`. 0 if they cannot be counted. */
unsigned tokens_count(const struct tokens *t);

#endif
