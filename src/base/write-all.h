/* whole: write(2) until all is written. */
#ifndef QPOOL_WRITE_ALL_H
#define QPOOL_WRITE_ALL_H

#include <stddef.h>

/* To a file, or a descriptor that waits. 0; -1 with errno, and some of it may be written. */
int write_all(int fd, const char *bytes, size_t len);

#endif
