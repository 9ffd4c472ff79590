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
 * Opens the file `path` for appending, and creates it if necessary. `path` is borrowed. Writes nothing and never waits;
 * a FIFO without a reader is an error. Returns 0, or -1 with errno; EINVAL: the file does not begin like a jsonl log.
 */
int line_log_open(struct line_log *log, const char *path);
/*
 * Appends the line with one write(2). If the file ends in a torn line, the same write first ends that line. If the file
 * was removed, creates it again. Returns 0, or -1 with errno; after -1, no reader mistakes the written bytes for a
 * record.
 */
int line_log_append(struct line_log *log, const struct buf *line);
void line_log_close(struct line_log *log);

#endif
