/* capture: every byte of a pipe in order, pauses, the end of file, and read errors. */
#include "output/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/write-all.h"
#include "sys/os.h"
#include "tap.h"
#include "turn.h"

static int read_errno; /* of the next read(2) of `captured_fd`; 0: none */
static int captured_fd = -1;

/* Replaces the one of libc. */
ssize_t
read(int fd, void *bytes, size_t len)
{
	if (fd == captured_fd && read_errno != 0) {
		errno = read_errno;
		read_errno = 0;
		return -1;
	}
	return syscall(SYS_read, fd, bytes, len);
}

/* What the handlers got. */
static struct got {
	struct buf bytes;
	int stream;
	unsigned calls, ends;
	size_t longest;
	struct capture *close_in_handler;
} got;

static void
on_data(void *arg, int stream, const char *bytes, size_t len)
{
	struct got *g = arg;

	buf_add(&g->bytes, bytes, len);
	g->stream = stream;
	g->calls++;
	g->longest = len > g->longest ? len : g->longest;
	if (g->close_in_handler != NULL)
		capture_close(g->close_in_handler);
}

static void
on_end(void *arg)
{
	((struct got *)arg)->ends++;
}

static struct capture
new_capture(int stream)
{
	buf_free(&got.bytes);
	got = (struct got){ 0 };
	return (struct capture){ .stream = stream, .on_data = on_data, .on_end = on_end, .arg = &got, .watch.fd = -1 };
}

static bool
got_is(const char *want)
{
	return got.bytes.len == strlen(want) &&
	    (got.bytes.len == 0 || memcmp(got.bytes.data, want, got.bytes.len) == 0);
}

static bool
is_closed(int fd)
{
	return fcntl(fd, F_GETFD) == -1 && errno == EBADF;
}

static void
test_stream(struct loop *l)
{
	struct capture c = new_capture(2);
	int fd[2];

	tap_ok(os_pipe(fd) == 0 && capture_open(&c, l, fd[0]) == 0 && capture_is_open(&c), "capture: opens a pipe");
	turn(l);
	tap_ok(got.calls == 0, "capture: an empty pipe gives nothing");
	write_all(fd[1], "a\0b", 3);
	turn(l);
	tap_ok(got.bytes.len == 3 && memcmp(got.bytes.data, "a\0b", 3) == 0 && got.stream == 2 && c.bytes == 3,
	    "capture: bytes arrive with their stream, and are counted");
	write_all(fd[1], "c", 1);
	close(fd[1]);
	turn(l);
	turn(l);
	tap_ok(got.bytes.len == 4 && got.ends == 1, "capture: the end of file is reported after the last byte");
	tap_ok(!capture_is_open(&c) && is_closed(fd[0]), "capture: after the end of file the fd is closed");
	turn(l);
	capture_close(&c);
	tap_ok(got.ends == 1 && c.bytes == 4, "capture: the end is reported once, and closing again does nothing");
}

/* A pipe of 256 KiB is read in pieces. */
static void
test_large(struct loop *l)
{
	enum { SIZE = 256 << 10 };
	struct capture c = new_capture(1);
	char *bytes = malloc(SIZE);
	int fd[2];

	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(i % 251);
	if (os_pipe(fd) == -1 || capture_open(&c, l, fd[0]) == -1)
		tap_ok(false, "capture: opens a pipe");
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	for (size_t at = 0; at < SIZE;) {
		ssize_t n = write(fd[1], bytes + at, SIZE - at);

		at += n > 0 ? (size_t)n : 0;
		turn(l);
	}
	close(fd[1]);
	while (got.ends == 0)
		turn(l);
	tap_ok(got.bytes.len == SIZE && memcmp(got.bytes.data, bytes, SIZE) == 0 && c.bytes == SIZE,
	    "capture: 256 KiB arrive in order");
	tap_ok(got.longest <= CAPTURE_READ, "capture: no call gets more than CAPTURE_READ bytes");
	free(bytes);
}

static void
test_pause(struct loop *l)
{
	struct capture c = new_capture(1);
	int fd[2];

	if (os_pipe(fd) == -1 || capture_open(&c, l, fd[0]) == -1)
		tap_ok(false, "capture: opens a pipe");
	capture_flow(&c, false);
	write_all(fd[1], "a", 1);
	turn(l);
	tap_ok(got.calls == 0, "capture: a paused pipe is not read");
	capture_flow(&c, true);
	capture_flow(&c, true);
	turn(l);
	tap_ok(got_is("a"), "capture: a resumed pipe is read");
	capture_flow(&c, false);
	close(fd[1]);
	turn(l);
	tap_ok(got.ends == 0, "capture: the end of file of a paused pipe waits");
	capture_flow(&c, true);
	turn(l);
	tap_ok(got.ends == 1, "capture: it is reported after the pause");
	capture_flow(&c, false);
	tap_ok(!capture_is_open(&c), "capture: a closed pipe cannot be paused");
}

static void
test_close(struct loop *l)
{
	struct capture c = new_capture(1);
	int fd[2];

	capture_close(&c);
	tap_ok(!capture_is_open(&c), "capture: closing one that was never opened does nothing");
	if (os_pipe(fd) == -1 || capture_open(&c, l, fd[0]) == -1)
		tap_ok(false, "capture: opens a pipe");
	write_all(fd[1], "a", 1);
	capture_close(&c);
	turn(l);
	tap_ok(got.calls == 0 && got.ends == 0 && is_closed(fd[0]), "capture: after closing no handler is called");
	close(fd[1]);
	if (os_pipe(fd) == -1 || capture_open(&c, l, fd[0]) == -1)
		tap_ok(false, "capture: opens a pipe");
	got.close_in_handler = &c;
	write_all(fd[1], "ab", 2);
	close(fd[1]);
	turn(l);
	turn(l);
	tap_ok(got.calls == 1 && got.ends == 0, "capture: a handler can close the pipe");
}

static void
test_errors(struct loop *l)
{
	static const struct {
		int error;
		const char *name;
	} passing[] = { { EINTR, "EINTR" }, { EAGAIN, "EAGAIN" } };
	struct capture c = new_capture(1);
	int fd[2];

	if (os_pipe(fd) == -1 || capture_open(&c, l, fd[0]) == -1)
		tap_ok(false, "capture: opens a pipe");
	captured_fd = fd[0];
	write_all(fd[1], "a", 1);
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		read_errno = passing[i].error;
		turn(l);
		tap_ok(read_errno == 0 && got.calls == 0 && got.ends == 0 && capture_is_open(&c),
		    "capture: %s leaves the pipe open", passing[i].name);
	}
	turn(l);
	tap_ok(got_is("a"), "capture: the next turn reads it");
	write_all(fd[1], "b", 1);
	read_errno = EIO;
	turn(l);
	tap_ok(got.ends == 1 && got_is("a") && is_closed(fd[0]), "capture: another read error ends it");
	tap_ok(c.error == EIO, "capture: a read error is not taken for the end of file");
	captured_fd = -1;
	close(fd[1]);
}

static void
test_no_handler(struct loop *l)
{
	struct capture c = new_capture(1);
	int fd[2];

	c.on_end = NULL;
	if (os_pipe(fd) == -1 || capture_open(&c, l, fd[0]) == -1)
		tap_ok(false, "capture: opens a pipe");
	close(fd[1]);
	turn(l);
	tap_ok(!capture_is_open(&c) && is_closed(fd[0]), "capture: without a handler the end closes the pipe");
}

/* Linux rejects such an fd at once; with poll(2) the first read fails. */
static void
test_bad_fd(struct loop *l)
{
	struct capture c = new_capture(1);

	errno = 0;
	if (capture_open(&c, l, 1000) == -1) {
		tap_ok(errno == EBADF && !capture_is_open(&c) && got.ends == 0, "capture: a closed fd is rejected");
		return;
	}
	turn(l);
	tap_ok(got.ends == 1 && !capture_is_open(&c), "capture: a closed fd ends at once");
}

int
main(void)
{
	struct loop *l = loop_new();

	/* Not to fail, but to end a test that would wait forever. */
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	test_stream(l);
	test_large(l);
	test_pause(l);
	test_close(l);
	test_errors(l);
	test_no_handler(l);
	test_bad_fd(l);
	buf_free(&got.bytes);
	loop_free(l);
	return tap_done();
}
