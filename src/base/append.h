/* append: a line at the end of a file that others append to as well. */
#ifndef QPOOL_APPEND_H
#define QPOOL_APPEND_H

#include <stdbool.h>
#include <stddef.h>

/* ASCII CAN, before the newline: this line was not written whole. No record ends in it but a joblog's shell line that does. */
#define APPEND_TORN '\030'

/*
 * All of it by one write(2) to a file that was opened with O_APPEND, or nothing that a reader would take for a line: -1 with errno. A write that was cut short
 * (disk full: ENOSPC) is taken back with ftruncate(2); *torn is set when that cannot be, because somebody has appended behind it.
 */
int append_whole(int fd, const char *bytes, size_t len, bool *torn);

/*
 * Is the last line of the file unfinished: 1, else 0 (an empty file has none), -1 with errno. One that another process is just writing is waited for, as long
 * as its write(2) takes.
 */
int append_is_torn(int fd);
/* As append_whole, behind a line that is torn: what ends that one, APPEND_TORN and a newline, goes first, in the same write. */
int append_after_torn(int fd, const char *bytes, size_t len, bool *torn);

#endif
