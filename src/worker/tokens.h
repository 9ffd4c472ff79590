/*
 * tokens: stores the tokens in hand, which are bytes taken from the pipe of a jobserver, in a pipe of our own.
 *
 * One system call (os_move_byte) moves a token from the server's pipe to this one, and another moves it back. So
 * whenever SIGKILL ends this process, each token is in one of the two pipes, and the keeper only has to move the tokens
 * in our pipe back. On systems without that call, two calls copy a token; if SIGKILL arrives between the two, the token
 * is lost, or exists twice if it was being returned.
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
 * Opens our pipe. `server_fd` is an end of the server's pipe, which contains at most `tokens` tokens; 0: unknown.
 * Returns 0, or -1 with errno.
 */
int tokens_open(struct tokens *t, int server_fd, unsigned tokens);
void tokens_close(struct tokens *t);

/*
 * Takes a token from the server's pipe without waiting. `shared`: other processes share the open file description, so
 * O_NONBLOCK must not be set on it. Returns 1 for a token, 0 if the server is gone, or -1 with errno (EAGAIN: no token
 * is available).
 */
int tokens_acquire(struct tokens *t, int server_fd, bool shared);
/*
 * Returns the oldest token in hand to the server. The result is 1, or -1 with errno (EAGAIN: the server's pipe is
 * full).
 */
int tokens_release(struct tokens *t, int server_fd);
/*
 * Counts the bytes in the pipe, for the keeper, which has only `fd` and `copies`. Returns 0 if the bytes cannot be
 * counted.
 */
unsigned tokens_count(const struct tokens *t);

#endif
