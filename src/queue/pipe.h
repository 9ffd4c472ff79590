/*
 * queue/pipe: named pipes that are queues (`qpool -Q PIPE`, qctl), or that are part of a queue directory.
 *
 * A named pipe carries one task per line. Only one process may read a pipe at a time, because each of two readers would
 * get parts of lines; the reader has an exclusive flock(2) on the pipe. A line that is only the byte EOT is the closing
 * mark: it closes the queue.
 */
#ifndef QPOOL_QUEUE_PIPE_H
#define QPOOL_QUEUE_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The closing mark, with its newline. */
#define PIPE_CLOSING_MARK "\004\n"

/*
 * Opens a named pipe with these flags of open(2), non-blocking. Returns the fd, or -1 with errno; EINVAL: the file is
 * not a named pipe.
 */
int pipe_open(int dir_fd, const char *name, int flags);
/*
 * Opens a named pipe as its only reader, until the caller closes the fd. The fd is blocking. With `until_eof`, the call
 * waits for a writer, and reads return end of file after the last writer has closed the pipe. Without `until_eof`, the
 * fd is open for writing too, so there is never an end of file. Returns the fd, or -1 with errno; EWOULDBLOCK: another
 * process reads the pipe.
 */
int pipe_open_reader(const char *path, bool until_eof);
/* Takes the lock of the only reader. Returns 0, or -1 with errno; EWOULDBLOCK: another process has the lock. */
int pipe_lock(int fd);
void pipe_unlock(int fd);
/* Returns the number of bytes in the pipe, or -1 with errno. */
ssize_t pipe_unread(int fd);
/* Is this line of `len` bytes, given without its newline, the closing mark? */
bool pipe_is_closing_mark(const char *line, size_t len);
/*
 * Writes a line and a newline with one write(2). `len` must be less than PIPE_BUF, so that the write is atomic. Returns
 * 0, or -1 with errno. EAGAIN: the pipe has too little free space; EPIPE: no process reads the pipe.
 */
int pipe_write_line(int fd, const char *line, size_t len);

#endif
