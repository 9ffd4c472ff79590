/*
 * Invariants: a file that is not a jsonl log is never written to. A file descriptor of ours is never 0, 1 or 2: where
 * one of those was closed before we started, no message ends up in the log.
 *
 * No lock is taken, because each line of a build would wait for the one that has it.
 */
#include "log/line-log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/append.h"
#include "base/write-all.h"

static int
open_above(const char *path, int flags)
{
	int fd = open(path, flags | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666), moved;

	if (fd == -1 || fd > STDERR_FILENO)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return moved;
}

/* A FIFO or a device is opened for writing only, as in record.c. Writing then waits as any write(2) does. */
static int
open_stream(const char *path)
{
	int fd = open_above(path, O_WRONLY);

	if (fd == -1 || fcntl(fd, F_SETFL, O_APPEND) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Is the file, which is not empty, a jsonl log? -1 with errno; EINVAL: no. */
static int
check_file(struct line_log *log, off_t size)
{
	char byte;

	if (size == 0)
		return 0;
	if (pread(log->fd, &byte, 1, 0) == -1)
		return -1;
	if (byte == '{')
		return 0;
	errno = EINVAL;
	return -1;
}

int
line_log_open(struct line_log *log, const char *path)
{
	struct stat st;
	int saved;

	*log = (struct line_log){ .path = path, .fd = open_above(path, O_RDWR | O_CREAT) };
	if (log->fd == -1)
		return -1;
	if (fstat(log->fd, &st) == 0) {
		log->regular = S_ISREG(st.st_mode);
		if (log->regular && check_file(log, st.st_size) == 0)
			return 0;
	}
	saved = errno;
	line_log_close(log);
	if (!log->regular)
		log->fd = open_stream(path);
	else
		errno = saved;
	return log->fd == -1 ? -1 : 0;
}

/* Opens the file again if it was removed. */
static int
look_again(struct line_log *log)
{
	struct stat st;

	if (fstat(log->fd, &st) == -1)
		return -1;
	if (st.st_nlink > 0)
		return 0;
	line_log_close(log);
	return line_log_open(log, log->path);
}

int
line_log_append(struct line_log *log, const struct buf *line)
{
	bool torn;

	if (!log->regular)
		return write_all(log->fd, line->data, line->len);
	if (look_again(log) == -1)
		return -1;
	switch (append_is_torn(log->fd)) {
	case -1: return -1;
	case 0: return append_whole(log->fd, line->data, line->len, &torn);
	default: return append_after_torn(log->fd, line->data, line->len, &torn);
	}
}

void
line_log_close(struct line_log *log)
{
	if (log->fd != -1)
		close(log->fd);
	log->fd = -1;
}
