/* tokens: tokens are taken from a pipe and returned to it, by moving or by copying them. */
#include "worker/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sys/os.h"
#include "tap.h"

/* `tokens` 0: their number is unknown, so that they are copied. */
static void
test_tokens(const char *what, unsigned tokens)
{
	struct tokens h = { 0 }, survivor;
	char back[8] = "";
	int server[2];

	tap_ok(os_pipe(server) == 0 && fcntl(server[0], F_SETFL, O_NONBLOCK) == 0 &&
		tokens_open(&h, server[1], tokens) == 0,
	    "tokens: %s: a jobserver is opened", what);
	tap_ok(tokens_acquire(&h, server[0], false) == -1 && errno == EAGAIN && h.count == 0,
	    "tokens: %s: an empty jobserver gives EAGAIN", what);
	tap_ok(write(server[1], "xyz", 3) == 3 && tokens_acquire(&h, server[0], false) == 1 &&
		tokens_acquire(&h, server[0], true) == 1,
	    "tokens: %s: two tokens are taken", what);
	tap_ok(h.count == 2 && tokens_count(&h) == 2, "tokens: %s: tokens in hand are counted", what);
	tap_ok(tokens_release(&h, server[1]) == 1 && h.count == 1, "tokens: %s: one token is returned", what);
	survivor = (struct tokens){ .fd = { h.fd[0], h.fd[1] }, .copies = h.copies };
	tap_ok(
	    tokens_count(&survivor) == 1 && tokens_release(&survivor, server[1]) == 1 && tokens_count(&survivor) == 0,
	    "tokens: %s: a surviving process returns the other token", what);
	tap_ok(read(server[0], back, sizeof back) == 3 && memcmp(back, "zxy", 3) == 0,
	    "tokens: %s: the bytes of the tokens are unchanged", what);
	tap_ok(write(server[1], "w", 1) == 1 && tokens_acquire(&h, server[0], false) == 1,
	    "tokens: %s: one token is taken again", what);
	close(server[0]);
	tap_ok(tokens_release(&h, server[1]) == -1 && errno == EPIPE && tokens_count(&h) == 1,
	    "tokens: %s: without a reader the token stays in hand", what);
	close(server[1]);
	tokens_close(&h);
	tap_ok(h.fd[0] == -1 && h.fd[1] == -1, "tokens: %s: closing closes both fds", what);
}

static void
test_copied(void)
{
	struct tokens h = { 0 };
	int server[2];

	tap_ok(os_pipe(server) == 0 && tokens_open(&h, server[1], 100000) == 0 && h.copies,
	    "tokens: too many for the buffers of a pipe are copied");
	tokens_close(&h);
	tap_ok(tokens_open(&h, server[1], 4) == 0 && h.copies == (os_pipe_buffers(server[1], 0) == 0),
	    "tokens: few are moved where the system supports it");
	tokens_close(&h);
	tap_ok(tokens_open(&h, server[1], 40) == 0 && (h.copies || os_pipe_buffers(server[1], 0) >= 80),
	    "tokens: the pipe of the jobserver is enlarged if necessary");
	tokens_close(&h);
	close(server[0]);
	close(server[1]);
}

static void
test_most(void)
{
	struct tokens h = { 0 };
	int server[2];

	tap_ok(os_pipe(server) == 0 && fcntl(server[0], F_SETFL, O_NONBLOCK) == 0 && tokens_open(&h, server[1], 2) == 0,
	    "tokens: a jobserver of two tokens is opened");
	for (unsigned i = 0; i <= h.most; i++)
		if (write(server[1], "t", 1) != 1)
			break;
	while (tokens_acquire(&h, server[0], false) == 1)
		continue;
	tap_ok(errno == EAGAIN && h.count == h.most && tokens_count(&h) == h.most,
	    "tokens: at most as many are taken as fit");
	tokens_close(&h);
	close(server[0]);
	close(server[1]);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_tokens("few", 3);
	test_tokens("unknown", 0);
	test_copied();
	test_most();
	return tap_done();
}
