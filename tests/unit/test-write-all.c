/* write-all: short and interrupted writes are continued, and errors are reported. */
#include "base/write-all.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"

enum { REAL, SHORT, INTERRUPTED, FULL_LATER };

static int mode;
static unsigned calls;

/* Replaces the one of libc: writes seven bytes at most, fails every second time, or fails after five calls. */
ssize_t
write(int fd, const void *bytes, size_t len)
{
	calls++;
	if (mode == INTERRUPTED && calls % 2 == 1) {
		errno = EINTR;
		return -1;
	}
	if (mode == FULL_LATER && calls > 5) {
		errno = ENOSPC;
		return -1;
	}
	if (mode != REAL)
		len = len > 7 ? 7 : len;
	return syscall(SYS_write, fd, bytes, len);
}

/* Writes 1000 bytes to a pipe in this mode. Returns how many arrived as they were, or -1. */
static ssize_t
arrives(int how, int *result, int *error)
{
	char bytes[1000], got[1001];
	ssize_t n;
	int fd[2];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	if (pipe(fd) == -1)
		return -1;
	mode = how;
	calls = 0;
	errno = 0;
	*result = write_all(fd[1], bytes, sizeof(bytes));
	*error = errno;
	mode = REAL;
	close(fd[1]);
	n = read(fd[0], got, sizeof(got));
	close(fd[0]);
	return n >= 0 && memcmp(bytes, got, (size_t)n) == 0 ? n : -1;
}

int
main(void)
{
	int result, error, fd[2];
	ssize_t n;

	signal(SIGPIPE, SIG_IGN);
	n = arrives(REAL, &result, &error);
	tap_ok(n == 1000 && result == 0 && calls == 1, "write-all: what fits is written by one call");
	n = arrives(SHORT, &result, &error);
	tap_ok(n == 1000 && result == 0 && calls == 143, "write-all: short writes are continued");
	n = arrives(INTERRUPTED, &result, &error);
	tap_ok(n == 1000 && result == 0, "write-all: interrupted writes are continued");
	n = arrives(FULL_LATER, &result, &error);
	tap_ok(n == 35 && result == -1 && error == ENOSPC, "write-all: an error after some bytes is reported");
	tap_ok(write_all(-1, "", 0) == 0, "write-all: nothing to write always succeeds");
	tap_ok(write_all(-1, "x", 1) == -1 && errno == EBADF, "write-all: a closed fd is reported");
	if (pipe(fd) == 0) {
		close(fd[0]);
		tap_ok(
		    write_all(fd[1], "x", 1) == -1 && errno == EPIPE, "write-all: a pipe without a reader is reported");
		close(fd[1]);
	}
	return tap_done();
}
