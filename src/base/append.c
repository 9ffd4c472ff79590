/* Invariant: what others have written is never cut off. */
#include "base/append.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

/* As many different halves in a row are other processes at work, not a torn line. */
enum { LOOKS_MOST = 100 };

/* Takes the last `len` bytes that this fd wrote out of the file again, unless somebody has appended behind them. */
static int
take_back(int fd, off_t len)
{
	struct stat st;
	off_t end = lseek(fd, 0, SEEK_CUR);

	if (end < len || fstat(fd, &st) == -1 || st.st_size != end)
		return -1;
	return ftruncate(fd, end - len);
}

int
append_whole(int fd, const char *bytes, size_t len, bool *torn)
{
	ssize_t n;

	do
		n = write(fd, bytes, len);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	if ((size_t)n == len)
		return 0;
	if (n > 0 && take_back(fd, n) == -1)
		*torn = true;
	errno = ENOSPC;
	return -1;
}

/* Is the last byte of a file of `size` bytes something else than a newline? -1 with errno. */
static int
is_unfinished(int fd, off_t size)
{
	char last;
	ssize_t n = size > 0 ? pread(fd, &last, 1, size - 1) : 0;

	return n == -1 ? -1 : n == 1 && last != '\n';
}

/*
 * The size of a file can be seen to grow in the middle of a write, which has the file system's lock meanwhile (Linux 6.18, ext4: for each page or so). To set
 * a file's times takes that lock too, so the write is over then. Where it is refused, nothing is waited for.
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

	for (int looks = 0; looks < LOOKS_MOST; looks++) {
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
