/*
 * task: one task's life: its lines, its attempts one after the other, its place in the output, and what becomes of it
 * in the source.
 *
 * The scheduler decides when; it keeps each task on the list of its state.
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

/* What all tasks of a run share. Borrowed, except what `attempts` owns. */
struct task_shared {
	struct attempt_shared attempts;
	const struct task_template *template;
	const char *program; /* path of a fixed word 0; NULL: looked up for each attempt */
	struct outlet *outlet;
};

struct task {
	TAILQ_ENTRY(task) entry; /* in a list of the scheduler */
	struct task_shared *shared;
	struct attempt attempt; /* the present one, or the last one */
	char *bytes;            /* owned: the lines, each followed by a NUL */
	const char **lines;     /* owned array, into bytes */
	size_t line_count;
	uint64_t number;       /* of its first line, or its id in the queue: for messages */
	uint64_t claim;        /* in the source: finished or released by us; 0: none */
	char *path;            /* owned, if not the run's fixed program */
	struct output *output; /* ours until output_end; NULL before its first attempt */
	struct kept kept_out, kept_err;
	enum halt_counted counted; /* for --halt; the scheduler's */
};

TAILQ_HEAD(task_list, task);

/* Makes a task of the unit, whose bytes are copied. */
struct task *task_new(struct task_shared *shared, const struct unit *u);
/* As if it had never been read: it has had no attempt. */
void task_free(struct task *t);
/* Has it had an attempt? */
bool task_has_begun(const struct task *t);
/* Starts its next attempt in that slot. `unpaid`: it runs even if nothing pays for it. */
enum attempt_result task_start(struct task *t, unsigned slot, bool unpaid);
/* Makes an attempt of a refused unit, which fails without a worker. */
void task_refuse(struct task *t);
/* Prints the command in place of running it; the source has the task again after this run. */
void task_print(struct task *t);
/* Writes the records of its attempt, which is over. -1: the log failed. */
int task_record(struct task *t);
/* Its attempt failed, and another one will follow: drops what is kept of its output. */
void task_wait_again(struct task *t);
/* It is not tried any more: others may run it. */
void task_release(struct task *t);
/* It is finished: stores its result in the source, and counts it. */
void task_finish(struct task *t);
/* Ends its output, and frees it. */
void task_end(struct task *t);

#endif
