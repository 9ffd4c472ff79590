/*
 * outlet: writes what tasks wrote to standard output and standard error, in order and never mixed.
 *
 * In order of input the oldest unfinished task (the head) streams live, and what other tasks write waits in their
 * stores. In order of completion the output of a task is written as a whole when the task has ended. With line_buffer
 * whole lines are written as they arrive. Records are written through the outlet too, each behind the output of its
 * task.
 *
 * Memory: at most OUTLET_MEMORY bytes of waiting output, and OUTLET_RUNNING bytes for each running task, whatever the
 * number of tasks; more goes to the spill. When the spill is full, outlet_full makes the pool start no more tasks,
 * and a task that has filled its memory is not read from until the head has caught up.
 */
#ifndef QPOOL_OUTLET_H
#define QPOOL_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/loop.h"

enum { OUTLET_MEMORY = 4 << 20, OUTLET_RUNNING = 64 << 10 }; /* bytes */

struct outlet_config {
	bool by_completion; /* order of completion; otherwise order of input */
	bool line_buffer;
	bool tag;                 /* each line begins with the tag of its task and a tab */
	uint64_t spill_max_bytes; /* of the temporary file */
};

/* Handlers. `fd` is 1 or 2. */
struct outlet_events {
	void (*before_write)(void *arg, int fd, bool line_open); /* line_open: these bytes do not end in a newline */
	void (*failed)(void *arg, int fd, int error);            /* once for each fd: it can no longer be written */
	void (*spill_failed)(void *arg, int error); /* no free space to wait in; once until there is some again */
	void (*lost)(void *arg, int error);         /* a part of the spill could not be read back */
};

struct outlet;
struct output; /* the output of one task */

/* Makes an outlet for fds 1 and 2. Never fails. Handlers get `arg`. outlet_free releases it, and all its outputs. */
struct outlet *outlet_new(
    struct loop *l, const struct outlet_config *config, const struct outlet_events *events, void *arg);
void outlet_free(struct outlet *o);

/*
 * Adds the next task, in order of input. `tag` is copied. flow(arg, on) is called when the pipes of the task must no
 * longer be read, and when they can be read again. The result is valid until output_end.
 */
struct output *outlet_begin(struct outlet *o, const char *tag, void (*flow)(void *arg, bool on), void *arg);
/* Takes bytes that the task wrote to standard output (1) or standard error (2). */
void output_feed(struct output *out, int stream, const char *bytes, size_t len);
/* Takes a record, which follows what the task has written. It begins on a line of its own and is never tagged. */
void output_record(struct output *out, int stream, const char *bytes, size_t len);
/* Can the pipes of the task be read? */
bool output_may_read(const struct output *out);
/* Reports that the task has ended. The output belongs to the outlet from now on. */
void output_end(struct output *out);

/* Writes a message of qpool itself to fd 1 or 2 at once, ahead of everything that waits. */
void outlet_write(struct outlet *o, int fd, const char *bytes, size_t len);
/* Is there no free space for the output of another task? */
bool outlet_full(const struct outlet *o);
/* Has the output of every task that has ended been written? In order of input also false while the head runs. */
bool outlet_idle(const struct outlet *o);
/* Returns the number of bytes that could not be written to fd 1 or 2. */
uint64_t outlet_lost(const struct outlet *o, int fd);

#endif
