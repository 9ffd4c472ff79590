/*
 * pipe: only named pipes are opened, one reader has the lock, a line is written whole or not at all, the closing mark.
 */
#include "queue/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static void
test_open(void)
{
	int reader, writer;

	tap_ok(pipe_open(AT_FDCWD, "none", O_RDONLY) == -1 && errno == ENOENT, "pipe: a missing file");
	close(open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	tap_ok(pipe_open(AT_FDCWD, "file", O_RDWR) == -1 && errno == EINVAL, "pipe: a file is not a pipe");
	tap_ok(pipe_open_reader("file", false) == -1 && errno == EINVAL, "pipe: nor is it for a reader");
	tap_ok(mkfifo("p", 0600) == 0 && pipe_open(AT_FDCWD, "p", O_WRONLY) == -1 && errno == ENXIO,
	    "pipe: a writer without a reader does not block");
	reader = pipe_open(AT_FDCWD, "p", O_RDONLY);
	writer = pipe_open(AT_FDCWD, "p", O_WRONLY);
	tap_ok(reader != -1 && writer != -1 && (fcntl(reader, F_GETFL) & O_NONBLOCK) != 0, "pipe: reader and writer");
	close(reader);
	close(writer);
}

static void
test_only_reader(void)
{
	int first = pipe_open_reader("p", false), other = pipe_open(AT_FDCWD, "p", O_RDWR);

	tap_ok(first != -1 && (fcntl(first, F_GETFL) & (O_NONBLOCK | O_ACCMODE)) == O_RDWR,
	    "pipe: a reader that blocks, and has no end of file");
	tap_ok(pipe_open_reader("p", false) == -1 && errno == EWOULDBLOCK, "pipe: a second reader is rejected");
	tap_ok(pipe_lock(other) == -1 && errno == EWOULDBLOCK, "pipe: the lock is the reader's");
	pipe_unlock(first);
	tap_ok(pipe_lock(other) == 0, "pipe: until it is unlocked");
	close(other);
	tap_ok(pipe_lock(first) == 0, "pipe: or closed");
	close(first);
}

static void
test_lines(void)
{
	static char large[PIPE_BUF];
	int fd = pipe_open(AT_FDCWD, "p", O_RDWR), writer = pipe_open(AT_FDCWD, "p", O_WRONLY);
	char got[PIPE_BUF];
	size_t lines = 0;

	tap_ok(pipe_unread(fd) == 0, "pipe: empty");
	tap_ok(pipe_write_line(writer, "ab", 2) == 0 && pipe_write_line(writer, NULL, 0) == 0 && pipe_unread(fd) == 4,
	    "pipe: lines of two bytes and of none");
	tap_ok(read(fd, got, sizeof got) == 4 && memcmp(got, "ab\n\n", 4) == 0, "pipe: each with a newline");
	memset(large, 'x', sizeof large);
	while (pipe_write_line(writer, large, PIPE_BUF - 1) == 0)
		lines++;
	tap_ok(errno == EAGAIN && lines > 0 && pipe_unread(fd) == (ssize_t)lines * PIPE_BUF,
	    "pipe: a line that does not fit is not written in part");
	close(fd);
	tap_ok(pipe_write_line(writer, "a", 1) == -1 && errno == EPIPE, "pipe: no reader");
	close(writer);
	tap_ok(pipe_unread(writer) == -1 && errno == EBADF, "pipe: an error is not a count");
}

static void
test_mark(void)
{
	tap_ok(pipe_is_closing_mark(PIPE_CLOSING_MARK, sizeof PIPE_CLOSING_MARK - 2), "pipe: the closing mark");
	tap_ok(!pipe_is_closing_mark("\004a", 2) && !pipe_is_closing_mark("a", 1) && !pipe_is_closing_mark(NULL, 0),
	    "pipe: other lines are not");
}

int
main(void)
{
	char scratch[] = "/tmp/test-pipe-XXXXXX";

	signal(SIGPIPE, SIG_IGN);
	if (!tap_ok(mkdtemp(scratch) != NULL && chdir(scratch) == 0, "a scratch directory"))
		return tap_done();
	test_open();
	test_only_reader();
	test_lines();
	test_mark();
	unlink("p");
	unlink("file");
	rmdir(scratch);
	return tap_done();
}
