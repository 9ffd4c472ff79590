/*
 * finished: waits for tasks to finish, and reads their results. A finished task is done, failed or dead, or was already
 * removed from the queue.
 */
#ifndef QPOOL_QCTL_FINISHED_H
#define QPOOL_QCTL_FINISHED_H

#include "base/buf.h"
#include "qctl/qctl.h"

/* The state of a task that has finished and was removed from the queue; used beside enum queue_state. */
enum { QCTL_GONE = QUEUE_STATES };

enum qctl_fetched {
	QCTL_PENDING, /* the task has not finished */
	QCTL_FETCHED,
	QCTL_IS_DEAD,
	QCTL_IS_GONE,
};

/*
 * Starts listening for tasks that finish. The caller does this before it first looks at a task, so that no notification
 * is missed.
 */
void qctl_listen_finished(struct qctl *c);
/*
 * Waits until the caller must look at its tasks again, or fd (-1: none) is readable. Sets *readable to whether fd is
 * readable. Returns false if the deadline has passed. Exits if the queue was terminated, or if the wait is a deadlock.
 */
bool qctl_wait_finished(struct qctl *c, int fd, bool *readable);
/* Exits if this process belongs to the job of task `id` (0: of any task), because it would wait for itself. */
void qctl_refuse_own_job(struct qctl *c, uint64_t id);

/*
 * Returns the enum queue_state of a task, or QCTL_GONE. Unless `error` is NULL, stores the error text of the last
 * attempt in it. Exits if the task was never put.
 */
int qctl_state(struct qctl *c, uint64_t id, struct buf *error);
bool qctl_is_finished(int state);

/*
 * Reads the result of a task. After QCTL_FETCHED, the caller frees *r with queue_result_free. If the task has finished
 * without a result, prints a line on standard error.
 */
enum qctl_fetched qctl_fetch(struct qctl *c, uint64_t id, struct queue_result *r);
/*
 * Waits for the result of a task, which the caller frees with queue_result_free. Exits with a message if the task
 * finishes without a result or the deadline passes.
 */
void qctl_await(struct qctl *c, uint64_t id, struct queue_result *r);
/*
 * Prints the output of the job and, if the job did not end by itself, the reason. Returns the exit status for qctl: the
 * exit code of the job, or 128 plus the signal that ended it; 126 or 127 if the command could not be run; 1 if the task
 * cannot be a command.
 */
int qctl_print_result(struct qctl *c, struct queue_result *r);

#endif
