/*
 * finished: waiting for tasks to finish, and their results. A finished task is done, failed or dead, or no longer
 * kept.
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
 * Starts listening for tasks that finish. Call it before the first look at a task, so that no notification is missed.
 */
void qctl_listen_finished(struct qctl *c);
/*
 * Waits until it is time to look again, or fd (-1: none) is readable: true. false: the deadline has passed. Exits if
 * the queue was terminated, or the wait is a deadlock.
 */
bool qctl_wait_finished(struct qctl *c, int fd, bool *readable);
/* Exits if this process belongs to the job of task `id` (0: any task), since it would then wait for itself. */
void qctl_refuse_own_job(struct qctl *c, uint64_t id);

/*
 * enum queue_state, or QCTL_GONE. `error` (NULL: not wanted) gets the error text of the last attempt. Exits if the
 * task was never put.
 */
int qctl_state(struct qctl *c, uint64_t id, struct buf *error);
bool qctl_is_finished(int state);

/*
 * Gets a result; queue_result_free it if it is QCTL_FETCHED. If the task has finished without a result, a line on
 * standard error says so.
 */
enum qctl_fetched qctl_fetch(struct qctl *c, uint64_t id, struct queue_result *r);
/* Waits for the result; exits with a message if it does not come. */
void qctl_await(struct qctl *c, uint64_t id, struct queue_result *r);
/*
 * Prints what the job printed, and, if it did not end by itself, why. Returns the exit status for it: the job's, or 128
 * plus a signal; 126 or 127 if its command could not be run, 1 if its task cannot be a command.
 */
int qctl_print_result(struct qctl *c, struct queue_result *r);

#endif
