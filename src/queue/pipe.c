/* Invariants: only a named pipe is opened. A line is written whole or not at all. */
#include "queue/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int
close_failed(int fd, int why)
{
	close(fd);
	errno = why;
	return -1;
}

/* Closes an fd that is not a named pipe. */
static int
check_kind(int fd)
{
	struct stat st;

	return fd == -1 || (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) ? fd : close_failed(fd, EINVAL);
}

int
pipe_open(int dir_fd, const char *name, int flags)
{
	return check_kind(openat(dir_fd, name, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}

int
pipe_open_reader(const char *path, bool until_eof)
{
	int fd = check_kind(open(path, (until_eof ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY));

	return fd != -1 && pipe_lock(fd) == -1 ? close_failed(fd, errno) : fd;
}

int
pipe_lock(int fd)
{
	int result;

	while ((result = flock(fd, LOCK_EX | LOCK_NB)) == -1 && errno == EINTR)
		continue;
	return result;
}

void
pipe_unlock(int fd)
{
	flock(fd, LOCK_UN);
}

ssize_t
pipe_unread(int fd)
{
	int count;

	return ioctl(fd, FIONREAD, &count) == -1 ? -1 : count;
}

bool
pipe_is_closing_mark(const char *line, size_t len)
{
	return len == 1 && line[0] == PIPE_CLOSING_MARK[0];
}

int
pipe_write_line(int fd, const char *line, size_t len)
{
	char whole[PIPE_BUF];
	ssize_t n;

	if (len > 0)
		memcpy(whole, line, len);
	whole[len] = '\n';
	while ((n = write(fd, whole, len + 1)) == -1 && errno == EINTR)
		continue;
	return n == -1 ? -1 : 0;
}
