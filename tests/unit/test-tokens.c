/* held: tokens that are taken from a pipe and given back, moved or copied. */
#include "worker/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sys/os.h"
#include "tap.h"

/* `tokens` 0: it is not known how many there are, and they are copied. */
static void
test_tokens(const char *what, unsigned tokens)
{
	struct held h = { 0 }, survivor;
	char back[8] = "";
	int server[2];

	tap_ok(
	    os_pipe(server) == 0 && fcntl(server[0], F_SETFL, O_NONBLOCK) == 0 && held_open(&h, server[1], tokens) == 0,
	    "%s: a server", what);
	tap_ok(held_take(&h, server[0], false) == -1 && errno == EAGAIN && h.count == 0, "%s: without a token", what);
	tap_ok(write(server[1], "xyz", 3) == 3 && held_take(&h, server[0], false) == 1 &&
		held_take(&h, server[0], true) == 1,
	    "%s: two are taken", what);
	tap_ok(h.count == 2 && held_left(&h) == 2, "%s: and counted", what);
	tap_ok(held_put_back(&h, server[1]) == 1 && h.count == 1, "%s: one is given back", what);
	survivor = (struct held){ .fd = { h.fd[0], h.fd[1] }, .copies = h.copies };
	tap_ok(held_left(&survivor) == 1 && held_put_back(&survivor, server[1]) == 1 && held_left(&survivor) == 0,
	    "%s: the other by who outlives", what);
	tap_ok(read(server[0], back, sizeof back) == 3 && memcmp(back, "zxy", 3) == 0, "%s: as they were", what);
	tap_ok(write(server[1], "w", 1) == 1 && held_take(&h, server[0], false) == 1, "%s: one is taken", what);
	close(server[0]);
	tap_ok(held_put_back(&h, server[1]) == -1 && errno == EPIPE && held_left(&h) == 1,
	    "%s: nobody to give it to: it is still here", what);
	close(server[1]);
	held_close(&h);
	tap_ok(h.fd[0] == -1 && h.fd[1] == -1, "%s: closed", what);
}

static void
test_copied(void)
{
	struct held h = { 0 };
	int server[2];

	tap_ok(os_pipe(server) == 0 && held_open(&h, server[1], 100000) == 0 && h.copies,
	    "of too many for the places of a pipe, each is copied");
	held_close(&h);
	tap_ok(held_open(&h, server[1], 4) == 0 && h.copies == (os_pipe_buffers(server[1], 0) == 0),
	    "of few each is moved, where that can be had");
	held_close(&h);
	tap_ok(held_open(&h, server[1], 40) == 0 && (h.copies || os_pipe_buffers(server[1], 0) >= 80),
	    "the server's pipe is made large enough for more");
	held_close(&h);
	close(server[0]);
	close(server[1]);
}

static void
test_most(void)
{
	struct held h = { 0 };
	int server[2];

	tap_ok(os_pipe(server) == 0 && fcntl(server[0], F_SETFL, O_NONBLOCK) == 0 && held_open(&h, server[1], 2) == 0,
	    "a server of two");
	for (unsigned i = 0; i <= h.most; i++)
		if (write(server[1], "t", 1) != 1)
			break;
	while (held_take(&h, server[0], false) == 1)
		continue;
	tap_ok(errno == EAGAIN && h.count == h.most && held_left(&h) == h.most,
	    "no more are taken than there is room for");
	held_close(&h);
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
