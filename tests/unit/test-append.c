/* append: a line is complete or absent, and a torn line is recognized and ended. */
#include "base/append.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"

static unsigned interrupted;  /* calls of write(2) that fail before one succeeds */
static size_t short_by;       /* bytes that the next write(2) leaves out */
static bool append_behind;    /* another process, which has no limit, appends right after a write(2) */
static int file, others_file; /* two open file descriptions of one file */

/* No file of this process can become larger than this. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* Replaces the one of libc. */
ssize_t
write(int fd, const void *bytes, size_t len)
{
	ssize_t n;

	if (interrupted > 0) {
		interrupted--;
		errno = EINTR;
		return -1;
	}
	n = syscall(SYS_write, fd, bytes, len - short_by);
	short_by = 0;
	if (append_behind) {
		append_behind = false;
		limit_files(RLIM_INFINITY);
		syscall(SYS_write, others_file, "other\n", 6);
	}
	return n;
}

/* Empties the file and makes `text` its contents. */
static void
fill(const char *text)
{
	if (ftruncate(file, 0) == -1 || syscall(SYS_write, file, text, strlen(text)) != (long)strlen(text))
		tap_ok(false, "append: the test file cannot be written: %s", strerror(errno));
}

static bool
holds(const char *want)
{
	char got[256];
	ssize_t n = pread(file, got, sizeof(got), 0);

	return n == (ssize_t)strlen(want) && memcmp(got, want, (size_t)n) == 0;
}

static void
test_whole(void)
{
	bool torn = false;

	fill("a\n");
	tap_ok(
	    append_whole(file, "b\n", 2, &torn) == 0 && holds("a\nb\n") && !torn, "append: a line follows the others");
	interrupted = 3;
	tap_ok(append_whole(file, "c\n", 2, &torn) == 0 && holds("a\nb\nc\n") && !torn,
	    "append: an interrupted write is repeated");
	tap_ok(append_whole(-1, "d\n", 2, &torn) == -1 && errno == EBADF && !torn, "append: an error is reported");
}

static void
test_full(void)
{
	bool torn = false;
	int result, error;

	fill("1234567\n");
	limit_files(10);
	result = append_whole(file, "abcdefg\n", 8, &torn);
	error = errno;
	limit_files(RLIM_INFINITY);
	tap_ok(result == -1 && error == EFBIG && holds("1234567\n") && !torn,
	    "append: a line that does not fit completely is removed again");
	limit_files(8);
	result = append_whole(file, "abcdefg\n", 8, &torn);
	limit_files(RLIM_INFINITY);
	tap_ok(result == -1 && errno == EFBIG && holds("1234567\n") && !torn, "append: a full file stays as it is");
}

/* A short write that no limit explains. */
static void
test_disk_full(void)
{
	bool torn = false;

	fill("1234567\n");
	short_by = 3;
	tap_ok(append_whole(file, "abcdefg\n", 8, &torn) == -1 && errno == ENOSPC && holds("1234567\n") && !torn,
	    "append: a short write without a limit means that the disk is full");
}

static void
test_torn(void)
{
	bool torn = false;
	int result;

	fill("1234567\n");
	limit_files(10);
	append_behind = true;
	result = append_whole(file, "abcdefg\n", 8, &torn);
	tap_ok(result == -1 && errno == ENOSPC && torn && holds("1234567\nabother\n"),
	    "append: a short write that another process has appended to stays, and is reported as torn");
	fill("1234567\nab");
	torn = false;
	tap_ok(append_is_torn(file) == 1, "append: a last line without a newline is torn");
	tap_ok(append_after_torn(file, "c\n", 2, &torn) == 0 && holds("1234567\nab\030\nc\n") && !torn,
	    "append: the torn line is ended, and the next line follows");
	tap_ok(append_is_torn(file) == 0, "append: after that the last line is complete");
}

static void
test_is_torn(void)
{
	char path[] = "test-append-XXXXXX";
	int write_only = mkstemp(path);

	fill("");
	tap_ok(append_is_torn(file) == 0, "append: an empty file is not torn");
	fill("a");
	tap_ok(append_is_torn(file) == 1, "append: one byte is a torn line");
	fill("\n");
	tap_ok(append_is_torn(file) == 0, "append: a newline is a complete line");
	tap_ok(append_is_torn(-1) == -1 && errno == EBADF, "append: a closed fd is an error");
	close(write_only);
	write_only = open(path, O_WRONLY | O_APPEND);
	tap_ok(syscall(SYS_write, write_only, "a", 1) == 1 && append_is_torn(write_only) == -1 && errno == EBADF,
	    "append: a file that cannot be read is an error");
	close(write_only);
	unlink(path);
}

int
main(void)
{
	char path[] = "test-append-XXXXXX";
	int fd = mkstemp(path);

	signal(SIGXFSZ, SIG_IGN);
	file = open(path, O_RDWR | O_APPEND);
	others_file = open(path, O_WRONLY | O_APPEND);
	close(fd);
	unlink(path);
	test_whole();
	test_full();
	test_disk_full();
	test_torn();
	test_is_torn();
	return tap_done();
}
