/*
 * append: appends whole lines to a file to which other processes append too.
 *
 * A line that could not be written completely is called torn. The next writer ends a torn line with APPEND_TORN and a
 * newline: a reader then recognizes the torn line, and the next record begins on a line of its own.
 */
#ifndef QPOOL_APPEND_H
#define QPOOL_APPEND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The last byte of a torn line, before the newline: ASCII CAN ("cancel"). The only complete record that can end in this
 * byte is a record of a joblog whose shell line ends in it.
 */
#define APPEND_TORN '\030'

/*
 * Writes `len` bytes with one write(2) to `fd`, which must be open with O_APPEND. Returns 0, or -1 with errno; after
 * -1, no reader mistakes the written bytes for a record. A part that was written (disk full: ENOSPC; limit of ulimit
 * -f: EFBIG) is removed with ftruncate(2). If another process has appended since, the part cannot be removed, and *torn
 * is set.
 */
int append_whole(int fd, const char *bytes, size_t len, bool *torn);

/*
 * Returns 1 if the last line of the file is torn, 0 if the line is complete or the file is empty, or -1 with errno. If
 * another process is in the middle of a write(2), waits until that write has finished.
 */
int append_is_torn(int fd);

/* Like append_whole, for a file whose last line is torn: the same write(2) first ends that line. */
int append_after_torn(int fd, const char *bytes, size_t len, bool *torn);

#endif
