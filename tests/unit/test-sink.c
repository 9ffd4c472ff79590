/* sink: bytes arrive in order on every kind of fd, a slow reader blocks nobody, and errors are counted. */
#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/os.h"
#include "tap.h"
#include "turn.h"

enum { LARGE = 300000 }; /* bytes: more than a pipe or a socket takes at once */

static char large[LARGE];
static unsigned ready_calls;

static void
ready(void *arg)
{
	(void)arg;
	ready_calls++;
}

static void
start(struct sink *s, struct loop *l, int fd)
{
	ready_calls = 0;
	sink_open(s, l, fd, ready, NULL);
}

/* Opens the sink while no further fd can be opened. */
static void
start_without_fds(struct sink *s, struct loop *l, int fd)
{
	struct rlimit old, none;
	int first_free = dup(fd);

	close(first_free);
	getrlimit(RLIMIT_NOFILE, &old);
	none = (struct rlimit){ (rlim_t)first_free, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	start(s, l, fd);
	setrlimit(RLIMIT_NOFILE, &old);
}

/* Reads from a non-blocking fd until it is empty. */
static void
drain(int fd, struct buf *b)
{
	ssize_t n;

	do {
		buf_reserve(b, 4096);
		n = read(fd, b->data + b->len, 4096);
		b->len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
}

/* The sink writes to fd[1]; the other end is fd[0]. Closes all. */
static void
test_slow_reader(struct loop *l, struct sink *s, const int fd[2], const char *what)
{
	int flags = fcntl(fd[1], F_GETFL);
	struct buf got = { 0 };

	fcntl(fd[0], F_SETFL, fcntl(fd[0], F_GETFL) | O_NONBLOCK);
	sink_write(s, "", 0);
	sink_write(s, large, LARGE);
	tap_ok(sink_blocked(s) && ready_calls == 0, "sink: %s: what does not fit is kept", what);
	turn(l);
	tap_ok(sink_blocked(s) && s->lost == 0, "sink: %s: stays blocked until the reader reads", what);
	/* Now there is free space, but what waits goes first. */
	drain(fd[0], &got);
	sink_write(s, "!", 1);
	while (sink_blocked(s)) {
		drain(fd[0], &got);
		turn(l);
	}
	drain(fd[0], &got);
	tap_ok(got.len == LARGE + 1 && memcmp(got.data, large, LARGE) == 0 && got.data[LARGE] == '!',
	    "sink: %s: every byte arrives in order", what);
	tap_ok(ready_calls == 1, "sink: %s: the end of the block is reported once", what);
	tap_ok(fcntl(fd[1], F_GETFL) == flags && (flags & O_NONBLOCK) == 0,
	    "sink: %s: O_NONBLOCK is not set on the user's fd", what);
	sink_close(s);
	tap_ok(fcntl(fd[1], F_GETFD) != -1, "sink: %s: the user's fd stays open", what);
	close(fd[0]);
	close(fd[1]);
	buf_free(&got);
}

/* The reader goes away while bytes wait. Closes all. */
static void
test_reader_ends(struct loop *l, struct sink *s, const int fd[2], const char *what)
{
	char byte;

	sink_write(s, large, LARGE);
	tap_ok(sink_blocked(s) && read(fd[0], &byte, 1) == 1, "sink: %s: a reader reads one byte", what);
	close(fd[0]);
	while (sink_blocked(s))
		turn(l);
	tap_ok(s->error == EPIPE || s->error == ECONNRESET, "sink: %s: a reader that ends is an error", what);
	tap_ok(s->lost > 0 && s->lost < LARGE && ready_calls == 1, "sink: %s: lost bytes are counted", what);
	s->lost = 0;
	sink_write(s, "abc", 3);
	tap_ok(s->lost == 3 && !sink_blocked(s), "sink: %s: after an error bytes are discarded", what);
	sink_close(s);
	close(fd[1]);
}

static void
test_pipes(struct loop *l)
{
	struct sink s;
	int fd[2];

	if (os_pipe(fd) == -1)
		return;
	start(&s, l, fd[1]);
	tap_ok(s.way == SINK_REOPENED && s.own_fd != -1, "sink: a pipe is reopened");
	test_slow_reader(l, &s, fd, "pipe");
	if (os_pipe(fd) == -1)
		return;
	start(&s, l, fd[1]);
	test_reader_ends(l, &s, fd, "pipe");
	if (os_pipe(fd) == -1)
		return;
	start_without_fds(&s, l, fd[1]);
	tap_ok(s.way == SINK_POLLED && s.own_fd == -1, "sink: a pipe that cannot be reopened is polled");
	test_slow_reader(l, &s, fd, "polled pipe");
	if (os_pipe(fd) == -1)
		return;
	start_without_fds(&s, l, fd[1]);
	test_reader_ends(l, &s, fd, "polled pipe");
}

static void
test_sockets(struct loop *l)
{
	struct sink s;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		return;
	start(&s, l, fd[1]);
	tap_ok(s.way == SINK_SOCKET, "sink: a socket is written by send");
	test_slow_reader(l, &s, fd, "socket");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		return;
	start(&s, l, fd[1]);
	signal(SIGPIPE, SIG_DFL);
	test_reader_ends(l, &s, fd, "socket");
	signal(SIGPIPE, SIG_IGN);
}

static void
test_file(struct loop *l)
{
	struct rlimit limit;
	struct sink s;
	char got[8];
	FILE *file = tmpfile();
	int fd = fileno(file);

	start(&s, l, fd);
	sink_write(&s, "ab", 2);
	sink_write(&s, "cd", 2);
	tap_ok(s.way == SINK_DIRECT && !sink_blocked(&s) && pread(fd, got, sizeof(got), 0) == 4 &&
		memcmp(got, "abcd", 4) == 0,
	    "sink: a file is written at once");
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 6;
	setrlimit(RLIMIT_FSIZE, &limit);
	sink_write(&s, "efgh", 4);
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	tap_ok(s.error == EFBIG && s.lost == 2 && lseek(fd, 0, SEEK_END) == 6,
	    "sink: a file that is full after a short write is an error");
	sink_close(&s);
	fclose(file);
}

static void
test_full_device(struct loop *l)
{
	struct sink s;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	start(&s, l, fd);
	sink_write(&s, "abc", 3);
	tap_ok(s.error == ENOSPC && s.lost == 3 && !sink_blocked(&s), "sink: a full device is an error");
	sink_close(&s);
	close(fd);
}

static void
test_closed(struct loop *l)
{
	struct sink s;

	start(&s, l, 1000);
	sink_write(&s, "abc", 3);
	tap_ok(s.error == EBADF && s.lost == 3 && !sink_blocked(&s), "sink: a closed fd is an error");
	sink_close(&s);
}

int
main(void)
{
	struct loop *l = loop_new();

	/* Not to fail, but to end a test that would wait forever. */
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (char)(i % 251);
	test_pipes(l);
	test_sockets(l);
	test_file(l);
	test_full_device(l);
	test_closed(l);
	loop_free(l);
	return tap_done();
}
