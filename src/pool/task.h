/*
 * task: one task from start to end: its lines, its successive attempts, its place in the output, and its result in the
 * source.
 *
 * The scheduler decides when the functions below are called. It keeps each task in the list for the task's state.
 */
#ifndef QPOOL_TASK_H
#define QPOOL_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "job/template.h"
#include "pool/attempt.h"
#include "pool/halting.h"
#include "pool/kept.h"

struct unit;

/* The state that all tasks of a run share. Everything is borrowed, except what `attempts` owns. */
struct task_shared {
	struct attempt_shared attempts;
	const struct task_template *template;
	const char *program; /* path of a fixed word 0; NULL: looked up for each attempt */
	struct outlet *outlet;
};

struct task {
	TAILQ_ENTRY(task) entry; /* in a list of the scheduler */
	struct task_shared *shared;
	struct attempt attempt; /* the current attempt, or the last one */
	char *bytes;            /* owned: the lines, each followed by a NUL */
	const char **lines;     /* owned array, into bytes */
	size_t line_count;
	uint64_t number;       /* number of the first line, or id in the queue; for messages */
	uint64_t claim;        /* id in the source, until this process finishes or releases the task; 0: none */
	char *path;            /* owned; NULL: the run's fixed program */
	struct output *output; /* owned until output_end; NULL before the first attempt */
	struct kept kept_out, kept_err;
	enum halt_counted counted; /* for --halt; the scheduler uses it */
};

TAILQ_HEAD(task_list, task);

/* Makes a task from a unit of input (source.h), whose bytes are copied. */
struct task *task_new(struct task_shared *shared, const struct unit *u);
/* Frees a task that has had no attempt, without any effect on the output or the source. */
void task_free(struct task *t);
/* Has the task had an attempt? */
bool task_has_begun(const struct task *t);
/* Starts the next attempt of the task in that slot. With `unpaid`, the attempt runs even without a payment. */
enum attempt_result task_start(struct task *t, unsigned slot, bool unpaid);
/* Makes the attempt of a refused unit, which fails without a worker. */
void task_refuse(struct task *t);
/* Prints the command instead of running it. The source keeps the task for a later run. */
void task_print(struct task *t);
/* Writes the records of the attempt, which has finished. Returns 0, or -1 if writing to the log failed. */
int task_record(struct task *t);
/* Prepares the task for another attempt after a failed one: drops the output that was kept for its result. */
void task_wait_again(struct task *t);
/* Releases the claim on a task that gets no more attempts here, so that others may run it. */
void task_release(struct task *t);
/* Finishes the task: stores its result in the source, and counts the task. */
void task_finish(struct task *t);
/* Ends the output of the task, and frees the task. */
void task_end(struct task *t);

#endif
