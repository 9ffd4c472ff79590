/*
 * outlet: writes the output of all tasks to standard output and standard error, in order and never mixed.
 *
 * With order of input, the output of the oldest unfinished task (the head) is written at once, and the output of the
 * other tasks waits in their stores. With order of completion, the output of a task is written as a whole when the task
 * has ended. With line_buffer, whole lines are written as they arrive. The outlet also writes the records, each after
 * the output of its task.
 *
 * Memory: at most OUTLET_MEMORY bytes of waiting output, and OUTLET_RUNNING bytes for each running task, whatever the
 * number of tasks. Output beyond that goes to the spill, a temporary file. When the spill is full, outlet_full returns
 * true, so that the pool starts no more tasks, and the pipes of a task that has filled its memory are not read until
 * the head has caught up.
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
	uint64_t spill_max_bytes; /* limit of the spill's size */
};

/* Handlers. `fd` is 1 or 2. */
struct outlet_events {
	void (*before_write)(
	    void *arg, int fd, bool line_open);       /* line_open: the bytes to write do not end in a newline */
	void (*failed)(void *arg, int fd, int error); /* called once for each fd that can no longer be written */
	void (*spill_failed)(void *arg,
	    int error); /* waiting output could not be stored; called once, and not again before space is free */
	void (*lost)(void *arg, int error); /* a part of the spill could not be read back */
};

struct outlet;
struct output; /* the output of one task */

/*
 * Makes an outlet for fds 1 and 2. Never fails. The handlers get `arg`. outlet_free releases the outlet and all its
 * outputs.
 */
struct outlet *outlet_new(
    struct loop *l, const struct outlet_config *config, const struct outlet_events *events, void *arg);
void outlet_free(struct outlet *o);

/*
 * Adds the next task, in order of input. `tag` is copied. flow(arg, on) is called with false when the pipes of the task
 * must no longer be read, and with true when they can be read again. The result is valid until output_end.
 */
struct output *outlet_begin(struct outlet *o, const char *tag, void (*flow)(void *arg, bool on), void *arg);
/* Adds bytes that the task wrote to standard output (1) or standard error (2). */
void output_feed(struct output *out, int stream, const char *bytes, size_t len);
/* Adds a record after what the task has written so far. The record begins on a new line and is never tagged. */
void output_record(struct output *out, int stream, const char *bytes, size_t len);
/* May the pipes of the task be read now? */
bool output_may_read(const struct output *out);
/* Reports that the task has ended. The caller must not use `out` afterwards. */
void output_end(struct output *out);

/* Writes a message of qpool itself to fd 1 or 2 at once, before all waiting output. */
void outlet_write(struct outlet *o, int fd, const char *bytes, size_t len);
/* Is there no free space for the output of another task? */
bool outlet_full(const struct outlet *o);
/*
 * Has the output of every task that has ended been written? With order of input, this is also false while the head
 * runs.
 */
bool outlet_idle(const struct outlet *o);
/* Returns the number of bytes that could not be written to fd 1 or 2. */
uint64_t outlet_lost(const struct outlet *o, int fd);
/* Is fd 1 or 2 a pipe or a socket whose reader has gone? Asks the kernel, so it is also found before a write. */
bool outlet_reader_gone(const struct outlet *o);

#endif
