/*
 * queue/batch: lines of input as batches of tasks, for everything that reads lines and puts tasks: `qctl put`, `qctl
 * map`, and the feed pipes of qctl and qpool.
 *
 * Usage: read or end; fill until BATCH_NEEDS_INPUT, and whenever the batch is full, or its time has come: pending,
 * queue_put, advance. A batch is filled across reads. Nothing is read here unless the caller asks, so that a full queue
 * makes the writers wait.
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
	BATCH_NEEDS_INPUT, /* all lines that were read are in the batch */
	BATCH_FULL,        /* put it before more is added */
	BATCH_LONG,        /* a line is longer than a task may be; it was skipped */
};

struct batch_config {
	size_t most_tasks; /* of a batch, which has at most about 1 MiB too */
	size_t most_bytes; /* of a task; 0: what a queue directory accepts, 512 MiB */
	char delimiter;
	bool skip_empty;       /* an empty line is not a task */
	struct queue_put task; /* priority, delay and key of each task; the key is borrowed until batch_free */
};

struct batch *batch_new(const struct batch_config *config);
void batch_free(struct batch *b);

/*
 * One read(2) of at most `most` bytes (0: 64 KiB): their number; 0: end of file, see batch_end; -1 with errno, also
 * EINTR and EAGAIN.
 */
ssize_t batch_read(struct batch *b, int fd, size_t most);
/* The input has ended: a last line without its delimiter is a task too. */
void batch_end(struct batch *b);
bool batch_ended(const struct batch *b);

/*
 * Adds the lines that were read, until the batch holds `most` tasks or what its config allows. With BATCH_LONG *line
 * has the length and number of the line; call it again for the next ones.
 */
enum batch_state batch_fill(struct batch *b, size_t most, struct line *line);
/* The number of pending tasks: those that are not put yet. */
size_t batch_count(const struct batch *b);
/* The same; *tasks are these tasks, with space for their ids in *ids. Both are valid until the next call with b. */
size_t batch_pending(struct batch *b, const struct queue_put **tasks, uint64_t **ids);
/* The first `count` pending tasks were put. */
void batch_advance(struct batch *b, size_t count);
/* Removes the pending tasks. The number of their bytes, with a delimiter for each. */
uint64_t batch_discard(struct batch *b);
/* Bytes that were read and are not in the batch. */
size_t batch_unread(const struct batch *b);
/* When the first task of this batch was added (clock_mono_ns); 0 if none is pending. */
int64_t batch_since_mono_ns(const struct batch *b);

#endif
