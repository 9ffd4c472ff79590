/*
 * The table of formats, and the log.
 *
 * Invariants: `pending` has the lines that are not written yet, in order (of the first line to a stream, maybe only the
 * rest); it is empty except after a failed write. `torn`: the file ends in a piece of one of our lines that could not
 * be removed. The next write ends that line first, with APPEND_TORN, so that no reader takes the piece for a record
 * with a shorter command.
 */
#include "log/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/append.h"
#include "base/mem.h"

static const struct record_format *const logged[] = { &record_tsv, &record_jsonl, &record_joblog };

#define LOGGED_COUNT (sizeof(logged) / sizeof(logged[0]))

struct record_log {
	const struct record_format *format;
	int fd;       /* owned */
	bool regular; /* a regular file: what was written can be removed again */
	bool torn;
	struct buf pending;
	size_t lines; /* in pending */
};

const struct record_format *
record_format_named(const char *name)
{
	for (size_t i = 0; i < LOGGED_COUNT; i++)
		if (strcmp(logged[i]->name, name) == 0)
			return logged[i];
	return NULL;
}

const struct record_format *
record_format_for(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < LOGGED_COUNT; i++) {
		size_t suffix = logged[i]->suffix != NULL ? strlen(logged[i]->suffix) : 0;

		if (suffix > 0 && len > suffix && strcmp(path + len - suffix, logged[i]->suffix) == 0)
			return logged[i];
	}
	return &record_tsv;
}

static ssize_t
write_once(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	do
		n = write(fd, bytes, len);
	while (n == -1 && errno == EINTR);
	return n;
}

static int
write_file(struct record_log *log, const char *bytes, size_t len)
{
	return append_whole(log->fd, bytes, len, &log->torn);
}

/*
 * A pipe or a device keeps what it took, so the rest of the line has to follow. Returns the number of bytes written; if
 * fewer than len, errno is set.
 */
static size_t
write_stream(int fd, const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write_once(fd, bytes + done, len - done);

		if (n == -1)
			break;
		done += (size_t)n;
	}
	return done;
}

/* Writes a line after a torn one. */
static int
write_after_torn(struct record_log *log, const char *bytes, size_t len)
{
	int result = append_after_torn(log->fd, bytes, len, &log->torn);

	if (result == 0)
		log->torn = false;
	return result;
}

/* Writes one line. Returns how many of its bytes need not be written again. */
static size_t
write_line(struct record_log *log, const char *bytes, size_t len)
{
	int result;

	if (!log->regular)
		return write_stream(log->fd, bytes, len);
	result = log->torn ? write_after_torn(log, bytes, len) : write_file(log, bytes, len);
	return result == 0 ? len : 0;
}

int
record_log_retry(struct record_log *log)
{
	size_t done = 0;
	int error = 0;

	while (done < log->pending.len && error == 0) {
		const char *line = log->pending.data + done;
		const char *newline = memchr(line, '\n', log->pending.len - done);
		size_t len = (size_t)(newline - line) + 1, written = write_line(log, line, len);

		if (written == len)
			log->lines--;
		else
			error = errno;
		done += written;
	}
	if (done > 0)
		buf_drop(&log->pending, done);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

int
record_log_append(struct record_log *log, const struct job *j)
{
	size_t before = log->pending.len;

	log->format->line(&log->pending, j);
	if (log->pending.len > before)
		log->lines++;
	return record_log_retry(log);
}

size_t
record_log_pending(const struct record_log *log)
{
	return log->lines;
}

static int
lock(int fd, int operation)
{
	int result;

	do
		result = flock(fd, operation);
	while (result == -1 && errno == EINTR);
	return result;
}

/* Does the file begin with the header of this format, or with its first byte? -1 with errno; EINVAL: no. */
static int
check_header(const struct record_log *log, const struct buf *header)
{
	char start[RECORD_HEADER_MAX];
	size_t want = header->len > 0 ? header->len : 1;
	ssize_t got = pread(log->fd, start, want, 0);
	bool fits;

	if (got == -1)
		return -1;
	fits = header->len > 0 ? (size_t)got == want && memcmp(start, header->data, want) == 0
			       : log->format->first == '\0' || (got == 1 && start[0] == log->format->first);
	if (fits)
		return 0;
	errno = EINVAL;
	return -1;
}

static int
end_torn_line(struct record_log *log)
{
	int torn = append_is_torn(log->fd);

	return torn != 1 ? torn : append_after_torn(log->fd, "", 0, &log->torn);
}

/* Prepares the file for the first line. The caller has the lock. */
static int
prepare_file(struct record_log *log, const struct buf *header)
{
	struct stat st;

	if (fstat(log->fd, &st) == -1)
		return -1;
	if (st.st_size == 0)
		return header->len == 0 ? 0 : write_file(log, header->data, header->len);
	if (check_header(log, header) == -1)
		return -1;
	return end_torn_line(log);
}

/* Some network file systems have no locks; the log is written there too. */
static int
prepare_locked(struct record_log *log, const struct buf *header)
{
	bool locked = lock(log->fd, LOCK_EX) == 0;
	int result = prepare_file(log, header), error = errno;

	if (locked)
		lock(log->fd, LOCK_UN);
	errno = error;
	return result;
}

/*
 * A stream cannot be read back, so it gets a header each time it is opened. If it takes nothing now, the header waits
 * like any line.
 */
static int
prepare_stream(struct record_log *log, const struct buf *header)
{
	buf_add(&log->pending, header->data, header->len);
	log->lines = header->len > 0;
	record_log_retry(log);
	return 0;
}

static int
prepare(struct record_log *log)
{
	struct buf header = { 0 };
	int result, error;

	if (log->format->header != NULL)
		log->format->header(&header);
	result = log->regular ? prepare_locked(log, &header) : prepare_stream(log, &header);
	error = errno;
	buf_free(&header);
	errno = error;
	return result;
}

/*
 * A FIFO or a device is opened for writing only: with a reading end of our own, neither we nor the reader would notice
 * when the other exits.
 */
static int
open_log(const char *path)
{
	struct stat st;
	int flags = O_RDWR | O_CREAT, fd;

	if (stat(path, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		flags = O_WRONLY | O_NOCTTY;
	do
		fd = open(path, flags | O_APPEND | O_CLOEXEC, 0666);
	while (fd == -1 && errno == EINTR);
	return fd;
}

struct record_log *
record_log_open(const char *path, const struct record_format *format)
{
	struct record_log *log;
	struct stat st;
	int fd = open_log(path), error;

	if (fd == -1)
		return NULL;
	log = mem_alloc(sizeof(*log));
	log->format = format;
	log->fd = fd;
	log->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (prepare(log) == 0)
		return log;
	error = errno;
	record_log_close(log);
	errno = error;
	return NULL;
}

int
record_log_close(struct record_log *log)
{
	int result = close(log->fd), error = errno;

	buf_free(&log->pending);
	free(log);
	errno = error;
	return result;
}
