/* write-all: write(2) until every byte is written. */
#ifndef QPOOL_WRITE_ALL_H
#define QPOOL_WRITE_ALL_H

#include <stddef.h>

/*
 * Writes `len` bytes to a file or another blocking fd, and continues after a short write and after EINTR. Returns 0, or
 * -1 with errno; after -1, some of the bytes may have been written.
 */
int write_all(int fd, const char *bytes, size_t len);

#endif
