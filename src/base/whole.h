/* whole: write(2) until all is written. */
#ifndef QPOOL_WHOLE_H
#define QPOOL_WHOLE_H

#include <stddef.h>

/* To a file, or a descriptor that waits. 0; -1 with errno, and some of it may be written. */
int whole_write(int fd, const char *bytes, size_t len);

#endif
