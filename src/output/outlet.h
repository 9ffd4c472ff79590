/*
 * outlet: puts out what tasks wrote, in order, never mixed.
 *
 * Order `input`: the oldest unfinished task (the head) streams live; what others write waits in their stores. Order `completion`: a task's output
 * goes out whole when it has ended. Line-buffered: whole lines go out as they come. Records go through here too, each behind its task's output, so
 * that they keep the order with it.
 *
 * Memory: at most OUTLET_MEMORY bytes of waiting output and OUTLET_RUNNING for each running task, whatever the number of tasks; the rest is in the
 * spill. When the spill is full, outlet_full tells the pool to start nothing, and tasks whose memory is used up are not read from until the head
 * catches up.
 */
#ifndef QPOOL_OUTLET_H
#define QPOOL_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/loop.h"

enum { OUTLET_MEMORY = 4 << 20, OUTLET_RUNNING = 64 << 10 };

struct outlet_config {
	bool by_completion; /* else by input */
	bool line_buffer;
	bool tag; /* lines begin with the task's tag */
	uint64_t spill_max_bytes;
};

struct outlet_events {
	void (*before_write)(void *arg, int fd, bool line_open); /* of 1 or 2, whose last line is not finished */
	void (*failed)(void *arg, int fd, int error);            /* once an fd: it cannot be written any more */
	void (*changed)(void *arg);                 /* something moved: outlet_full or outlet_idle may have changed */
	void (*spill_failed)(void *arg, int error); /* no room to wait in; told once until there is some again */
	void (*lost)(void *arg, int error);         /* a part of the spill could not be read back */
};

struct outlet;
struct output; /* one task's */

/* NULL with errno. Events get `arg`. */
struct outlet *outlet_new(
    struct loop *l, const struct outlet_config *config, const struct outlet_events *events, void *arg);
void outlet_free(struct outlet *o);

/*
 * The next task in input order. `tag` is copied. flow(arg, on) is called when its pipes may be read no more, or again. The caller holds
 * it until output_end.
 */
struct output *outlet_begin(struct outlet *o, const char *tag, void (*flow)(void *arg, bool on), void *arg);
/* Takes bytes that the task wrote to stdout (1) or stderr (2). */
void output_feed(struct output *out, int stream, const char *bytes, size_t len);
/* Takes a record: behind what the task has written, on a line of its own, never tagged. */
void output_record(struct output *out, int stream, const char *bytes, size_t len);
/* May the task's pipes be read? */
bool output_may_read(const struct output *out);
/* Nothing more will come: the output belongs to the outlet from now on. */
void output_end(struct output *out);

/* Something of qpool's own to stdout (1) or stderr (2), at once. */
void outlet_write(struct outlet *o, int fd, const char *bytes, size_t len);
/* Is there no room for another task's output? */
bool outlet_full(const struct outlet *o);
/* Has all that was ended been put out? */
bool outlet_idle(const struct outlet *o);
/* Bytes that could not be written to fd 1 or 2. */
uint64_t outlet_lost(const struct outlet *o, int fd);

#endif
