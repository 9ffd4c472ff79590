/* Invariant: after an interrupted or short write the next one continues behind the bytes that were written. */
#include "base/write-all.h"

#include <errno.h>
#include <unistd.h>

int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}
