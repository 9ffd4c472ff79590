/* line-log: a jsonl log to which many short processes append one record each. */
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
 * Opens PATH, which is borrowed, to append to; creates it if necessary. Writes nothing and never waits: a FIFO without
 * a reader is an error. -1 with errno; EINVAL: the file does not begin as a jsonl log does.
 */
int line_log_open(struct line_log *log, const char *path);
/*
 * Appends the line with one write(2); if the file ends in a torn line, ends that one first. Creates a file that was
 * removed again. -1 with errno: nothing was written that a reader would take for a record.
 */
int line_log_append(struct line_log *log, const struct buf *line);
void line_log_close(struct line_log *log);

#endif
