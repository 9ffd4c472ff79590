/*
 * queue/pipe: named pipes, as queues (`qpool -Q PIPE`, qctl) and within queue directories.
 *
 * A named pipe carries one task per line. It has one reader at a time, since two readers would each get parts of lines:
 * the reader holds an exclusive flock(2) on it. A line of the byte EOT alone, the closing mark, says that the queue is
 * closed.
 */
#ifndef QPOOL_QUEUE_PIPE_H
#define QPOOL_QUEUE_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The closing mark, with its newline. */
#define PIPE_CLOSING_MARK "\004\n"

/*
 * Opens a named pipe, non-blocking, with these flags of open(2). -1 with errno; EINVAL: the file is not a named pipe.
 */
int pipe_open(int dir_fd, const char *name, int flags);
/*
 * Opens a named pipe as its only reader, for the life of the blocking fd, which the caller closes. With until_eof it
 * waits for a writer, and reads end of file after the last one; otherwise it is open for writing too and has no end of
 * file. -1 with errno; EWOULDBLOCK: another process reads it.
 */
int pipe_open_reader(const char *path, bool until_eof);
/* Takes the lock of the only reader. -1 with errno; EWOULDBLOCK: another process has it. */
int pipe_lock(int fd);
void pipe_unlock(int fd);
/* The number of bytes in the pipe. -1 with errno. */
ssize_t pipe_unread(int fd);
/* Whether a line of `len` bytes, without its newline, is the closing mark. */
bool pipe_is_closing_mark(const char *line, size_t len);
/*
 * Writes a line and its newline in one write(2), which is atomic: len must be less than PIPE_BUF. -1 with errno;
 * EAGAIN: no free space, EPIPE: nobody reads it.
 */
int pipe_write_line(int fd, const char *line, size_t len);

#endif
