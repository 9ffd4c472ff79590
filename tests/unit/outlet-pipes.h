/*
 * outlet-pipes: an outlet whose fds 1 and 2 are pipes that the test reads, and tasks that write to it.
 *
 * Between pipes_begin and pipes_end fd 1 is a pipe, so a test must report its checks after pipes_end.
 */
#ifndef OUTLET_PIPES_H
#define OUTLET_PIPES_H

#include "base/buf.h"
#include "output/outlet.h"

/* The outlet, and what its handlers and the pipes received. */
struct pipes {
	struct outlet *outlet;
	int reader[3];                          /* by fd; -1: closed by the test */
	unsigned failed[3], spill_failed, lost; /* number of calls of each handler */
	int error;                              /* error of the last call */
	bool line_open[3];
	struct buf out[3]; /* by fd: the bytes that were written */
};
extern struct pipes pipes;

/* A test program calls each of these once, before and after all tests. */
void pipes_init(void);
void pipes_free(void);
/* Replaces fds 1 and 2 by pipes, and makes an outlet. A spill_max_bytes of 0 means unlimited. */
void pipes_begin(struct outlet_config config);
/* Runs the loop and reads the pipes until the outlet can write nothing more now. */
void pipes_drain(void);
/* Frees the outlet and restores fds 1 and 2. */
void pipes_end(void);
/* Called after pipes_end: was exactly `want` written to `fd`? */
bool pipes_wrote(int fd, const char *want);
/* Are the `len` bytes of fd 1 from offset `from` the bytes that task_feed_while_flowing feeds for this task? */
bool pipes_are_of_task(size_t from, size_t len, int task);

/* A flow handler that stores `on` in the bool at `arg`, unless `arg` is NULL. */
void task_flow(void *arg, bool on);
/* Begins a task whose flow handler has a NULL argument. */
struct output *task_new(const char *tag);
/* Feeds a text as standard output. */
void task_feed(struct output *out, const char *text);
/* Fills `piece` with the letter of a task, in lines of 64 bytes each. */
void task_fill(char *piece, size_t len, int task);
/* Feeds a task until the outlet stops reading its output. Returns the number of bytes fed. */
size_t task_feed_while_flowing(struct output *out, const bool *flowing, int task);

#endif
