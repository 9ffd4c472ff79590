/*
 * queue/batch: turns lines of input into batches of tasks, for all code that reads lines and puts tasks: `qctl put`,
 * `qctl map`, and the feed pipes of qctl and qpool.
 *
 * Usage: call batch_read or batch_end, then batch_fill until it returns BATCH_NEEDS_INPUT. Whenever the batch is full,
 * or its tasks have waited long enough, call batch_pending, queue_put and batch_advance. Several reads can fill one
 * batch. Only batch_read reads input, so that a full queue makes the writers wait.
 */
#ifndef QPOOL_QUEUE_BATCH_H
#define QPOOL_QUEUE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/lines.h"
#include "queue/task.h"

struct batch;

enum batch_state {
	BATCH_NEEDS_INPUT, /* all lines that were read are in the batch; read more */
	BATCH_FULL,        /* the batch must be put before lines can be added */
	BATCH_LONG,        /* a line is longer than a task may be; it was skipped */
};

struct batch_config {
	size_t most_tasks; /* limit of the tasks in a batch; a batch is also limited to about 1 MiB */
	size_t most_bytes; /* limit of the size of a task; 0: the limit of a queue directory, 512 MiB */
	char delimiter;
	bool skip_empty;       /* an empty line is not a task */
	struct queue_put task; /* priority, delay and key of each task; the key is borrowed until batch_free */
};

struct batch *batch_new(const struct batch_config *config);
void batch_free(struct batch *b);

/*
 * Calls read(2) once for at most `most` bytes (0: 64 KiB). Returns the number of bytes, 0 at the end of file (the
 * caller then calls batch_end), or -1 with errno, including EINTR and EAGAIN.
 */
ssize_t batch_read(struct batch *b, int fd, size_t most);
/* Reports the end of the input. A last line without a delimiter becomes a task too. */
void batch_end(struct batch *b);
bool batch_ended(const struct batch *b);

/*
 * Adds the lines that were read, until the batch contains `most` tasks or reaches a limit of its config. With
 * BATCH_LONG, stores the length and number of the skipped line in *line; the caller calls batch_fill again for the
 * following lines.
 */
enum batch_state batch_fill(struct batch *b, size_t most, struct line *line);
/* Returns the number of pending tasks, which are the tasks that were not put yet. */
size_t batch_count(const struct batch *b);
/*
 * Returns the number of pending tasks. Stores the array of these tasks in *tasks, and an array for their ids in *ids;
 * both are valid until the next call with `b`.
 */
size_t batch_pending(struct batch *b, const struct queue_put **tasks, uint64_t **ids);
/* Reports that the first `count` pending tasks were put. */
void batch_advance(struct batch *b, size_t count);
/* Removes the pending tasks. Returns the number of their bytes, including one delimiter for each task. */
uint64_t batch_discard(struct batch *b);
/* Returns the number of bytes that were read and are not in the batch. */
size_t batch_unread(const struct batch *b);
/* Returns the time when the first pending task was added (clock_mono_ns), or 0 if no task is pending. */
int64_t batch_since_mono_ns(const struct batch *b);

#endif
