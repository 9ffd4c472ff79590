/* Invariant: what others have written is never cut off. */
#include "append.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

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
