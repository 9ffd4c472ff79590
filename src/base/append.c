/* Invariant: nothing that another process has written is ever cut off. */
#include "base/append.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

/*
 * If the file ends in a different partial line this many times in a row, other processes are writing; none of the
 * lines is torn.
 */
enum { LOOKS_MAX = 100 };

/* Removes the last `len` bytes that were written through `fd`, unless another process has appended behind them. */
static int
take_back(int fd, off_t len)
{
	struct stat st;
	off_t end = lseek(fd, 0, SEEK_CUR);

	if (end < len || fstat(fd, &st) == -1 || st.st_size != end)
		return -1;
	return ftruncate(fd, end - len);
}

/* Returns why a write ended early where the file position is now. write(2) does not say it, only the next one would. */
static int
why_short(int fd)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct rlimit limit;

	if (end != -1 && getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    (rlim_t)end >= limit.rlim_cur)
		return EFBIG;
	return ENOSPC;
}

int
append_whole(int fd, const char *bytes, size_t len, bool *torn)
{
	int why;
	ssize_t n;

	do
		n = write(fd, bytes, len);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	if ((size_t)n == len)
		return 0;
	why = why_short(fd);
	if (n > 0 && take_back(fd, n) == -1)
		*torn = true;
	errno = why;
	return -1;
}

/* Does a file of `size` bytes end in anything other than a newline? -1 with errno. */
static int
is_unfinished(int fd, off_t size)
{
	char last;
	ssize_t n = size > 0 ? pread(fd, &last, 1, size - 1) : 0;

	return n == -1 ? -1 : n == 1 && last != '\n';
}

/*
 * While write(2) runs, a reader can see the file grow step by step, because the size is updated before the write is
 * complete (Linux 6.18, ext4: about once a page). The writer holds the file system's lock on the file meanwhile.
 * Setting the file's times takes the same lock, so it returns only after that write. Where that is not permitted
 * there is nothing to wait for.
 */
static void
wait_for_write(int fd)
{
	(void)futimens(fd, NULL);
}

int
append_is_torn(int fd)
{
	off_t before = -1;

	for (int looks = 0; looks < LOOKS_MAX; looks++) {
		struct stat st;
		int unfinished = fstat(fd, &st) == -1 ? -1 : is_unfinished(fd, st.st_size);

		if (unfinished != 1 || st.st_size == before)
			return unfinished;
		before = st.st_size;
		wait_for_write(fd);
	}
	return 0;
}

int
append_after_torn(int fd, const char *bytes, size_t len, bool *torn)
{
	static const char torn_end[] = { APPEND_TORN, '\n' };
	struct buf both = { 0 };
	int result, saved;

	buf_add(&both, torn_end, sizeof(torn_end));
	buf_add(&both, bytes, len);
	result = append_whole(fd, both.data, both.len, torn);
	saved = errno;
	buf_free(&both);
	errno = saved;
	return result;
}
