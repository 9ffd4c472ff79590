/* line-log: a jsonl log that many short processes append one record each to. */
#ifndef QPOOL_LINE_LOG_H
#define QPOOL_LINE_LOG_H

#include <stdbool.h>

#include "base/buf.h"

struct line_log {
	const char *path; /* borrowed */
	int fd;           /* owned; above 2 */
	bool regular;
};

/*
 * Opens PATH, which stays the caller's, to append to, making it if it is not there. Nothing is written, and nothing
 * waits: a FIFO that nobody reads is an error. -1 with errno; EINVAL: it does not begin as a jsonl log does.
 */
int line_log_open(struct line_log *log, const char *path);
/*
 * Appends the line with one write(2), and what ends a torn line first if the file ends in one. A file that was
 * removed since is made again. -1 with errno: nothing was written that a reader would take for a record.
 */
int line_log_append(struct line_log *log, const struct buf *line);
void line_log_close(struct line_log *log);

#endif
