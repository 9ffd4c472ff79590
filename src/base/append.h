/*
 * append: whole lines at the end of a file that other processes append to as well.
 *
 * A line that could not be written whole is called torn. It is ended by APPEND_TORN and a newline, so that a reader
 * can tell it from a record, and the next record begins on a line of its own.
 */
#ifndef QPOOL_APPEND_H
#define QPOOL_APPEND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Ends a torn line, before its newline: ASCII CAN ("cancel"). The only complete record that can end in it is one of a
 * joblog whose shell line does.
 */
#define APPEND_TORN '\030'

/*
 * Writes `len` bytes with one write(2) to `fd`, which must be open with O_APPEND. Returns 0, or -1 with errno; then no
 * reader can take what was written for a line. A short write (disk full: ENOSPC; limit of ulimit -f: EFBIG) is removed
 * again with ftruncate(2).
 * If that is not possible because another process has appended meanwhile, *torn is set.
 */
int append_whole(int fd, const char *bytes, size_t len, bool *torn);

/*
 * Returns 1 if the last line of the file is torn, 0 if it is complete or the file is empty, -1 with errno. If another
 * process is in the middle of a write(2), waits until that write has finished.
 */
int append_is_torn(int fd);

/* Like append_whole, for a file whose last line is torn: the same write(2) first ends that line. */
int append_after_torn(int fd, const char *bytes, size_t len, bool *torn);

#endif
