/*
 * outlet-pipes: an outlet whose fds 1 and 2 are pipes that the test reads, and tasks that write to it.
 *
 * Between pipes_begin and pipes_end fd 1 is such a pipe, so that a test reports its checks after pipes_end.
 */
#ifndef OUTLET_PIPES_H
#define OUTLET_PIPES_H

#include "base/buf.h"
#include "output/outlet.h"

/* The outlet, and what its handlers and the pipes got. */
struct pipes {
	struct outlet *outlet;
	int reader[3];                          /* by fd; -1: closed by the test */
	unsigned failed[3], spill_failed, lost; /* calls of the handlers */
	int error;                              /* of the last one */
	bool line_open[3];
	struct buf out[3]; /* by fd: what was written */
};
extern struct pipes pipes;

/* To be called once, before and after all tests. */
void pipes_init(void);
void pipes_free(void);
/* Puts pipes in the place of fds 1 and 2, and makes an outlet. A spill_max_bytes of 0 means unlimited. */
void pipes_begin(struct outlet_config config);
/* Lets the outlet write, and reads it, until nothing more can be written now. */
void pipes_drain(void);
/* Frees the outlet and puts fds 1 and 2 back. */
void pipes_end(void);
/* After pipes_end: is `want` all that was written to `fd`? */
bool pipes_wrote(int fd, const char *want);
/* Are `len` bytes of fd 1, from `from`, what task_feed_while_flowing has fed for this task? */
bool pipes_are_of_task(size_t from, size_t len, int task);

/* A flow handler that stores its argument in the bool at `arg`, if there is one. */
void task_flow(void *arg, bool on);
/* Begins a task without such a bool. */
struct output *task_new(const char *tag);
/* Feeds text of standard output. */
void task_feed(struct output *out, const char *text);
/* Fills `piece` with the letter of a task, in lines of 64 bytes. */
void task_fill(char *piece, size_t len, int task);
/* Feeds a task until the outlet no longer wants its output. Returns the number of bytes. */
size_t task_feed_while_flowing(struct output *out, const bool *flowing, int task);

#endif
