/*
 * queue: the front of all queues. A queue contains tasks; any process can put tasks and any process can take them. The
 * name of a queue is a path, and the kind of file at the path selects the backend.
 *
 * For an operation that the backend lacks, the front returns QUEUE_ERROR with a message, unless stated otherwise.
 * queue/backend.h describes how to add a backend.
 */
#ifndef QPOOL_QUEUE_H
#define QPOOL_QUEUE_H

#include "queue/task.h"

struct queue;

/*
 * Opens the queue at the path `name`. The caller frees the queue with queue_free. If the path cannot be opened or is
 * not a queue, returns NULL and describes the reason in `problem`.
 */
struct queue *queue_open(const char *name, char *problem, size_t size);
/*
 * Opens a queue like queue_open, which waits for locks for QUEUE_DEFAULT_WAIT. Here `patience` applies instead, to the
 * opening and to all later operations.
 */
struct queue *queue_open_patiently(const char *name, const struct queue_patience *patience, char *problem, size_t size);
/* Changes the deadline in the patience of the queue. */
void queue_set_deadline(struct queue *q, int64_t deadline_mono_ns);
/*
 * Creates a queue directory. Returns QUEUE_NO if `name` exists; with `again`, an existing queue with the same config is
 * QUEUE_YES.
 */
enum queue_answer queue_create(
    const char *name, const struct queue_config *config, bool again, char *problem, size_t size);
void queue_free(struct queue *q);

/*
 * Returns the last error in words, without a newline. The string belongs to `q` and is valid until the next operation.
 */
const char *queue_problem(const struct queue *q);
/*
 * Checks that the open queue is still at its path. Returns QUEUE_ERROR if the queue was removed or replaced: changes by
 * this process would be lost, so every further operation returns QUEUE_ERROR too.
 */
enum queue_answer queue_check(struct queue *q);
/* Has an operation found that the queue was removed or replaced? */
bool queue_is_gone(const struct queue *q);
/* Was the last error only that other processes had the queue locked for longer than our patience? */
bool queue_is_busy(const struct queue *q);
/* Returns a static string with the reason of the last QUEUE_NO, or NULL if the reason is obvious. */
const char *queue_reason(const struct queue *q);
/* Does the queue have a feed pipe for queue_feed_fd? */
bool queue_has_feed(const struct queue *q);

/* -- Producing ----------------------------------------------------------------------------------------------------- */

/*
 * Puts tasks. Whatever the answer, stores in *done the number of tasks that were put, and in ids[] their ids, in order;
 * an id is 0 if the backend has no ids. Each call puts all tasks or none. The exception is a queue that becomes full:
 * the call returns QUEUE_NO, and *done is the number of tasks that fitted.
 */
enum queue_answer queue_put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done);

/* -- Running: a pool's tasks --------------------------------------------------------------------------------------- */

/*
 * Claims up to `most` tasks, which this process must finish, drop or release. No other process can take these tasks
 * while this process or its keeper (worker/keeper.h) lives. The caller frees each task with queue_task_free.
 */
enum queue_answer queue_claim(struct queue *q, size_t most, struct queue_task *tasks, size_t *count);
/* Marks a claimed task as started. If this process dies from now on, its death counts as an attempt. */
void queue_begin(struct queue *q, uint64_t id);
/* Records the results of claimed tasks. */
enum queue_answer queue_finish(struct queue *q, const struct queue_result *results, size_t count);
/* Removes claimed tasks that have been handed on (printed by get, or moved to another queue). */
enum queue_answer queue_drop(struct queue *q, const struct queue_task *tasks, size_t count);
/* Makes claimed tasks ready again, without counting an attempt. */
enum queue_answer queue_release(struct queue *q, const struct queue_task *tasks, size_t count);

/* -- Leases -------------------------------------------------------------------------------------------------------- */

/*
 * Leases up to `most` tasks for lease_ns. The next three functions identify a leased task by its id and lease_id. The
 * caller frees each task with queue_task_free.
 */
enum queue_answer queue_lease(struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count);
/* Removes a leased task that is done. */
enum queue_answer queue_done(struct queue *q, uint64_t id, uint64_t lease_id);
/*
 * Counts a failed attempt of a leased task, which becomes ready again, or dead. `error` (NULL: none) is stored with the
 * task.
 */
enum queue_answer queue_fail(struct queue *q, uint64_t id, uint64_t lease_id, const char *error);
/* Sets the end of the lease to lease_ns from now. */
enum queue_answer queue_touch(struct queue *q, uint64_t id, uint64_t lease_id, int64_t lease_ns);

/* -- Looking ------------------------------------------------------------------------------------------------------- */

enum queue_answer queue_counts(struct queue *q, struct queue_counts *c);
/* Returns QUEUE_YES if no task is ready. Also works for a backend that cannot count its tasks. */
enum queue_answer queue_empty(struct queue *q);
/* Calls fn for one task. Returns QUEUE_NO if the task never existed or was removed. */
enum queue_answer queue_look(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg);
/* Calls fn for each task in that state (-1: any), in the order of ids. */
enum queue_answer queue_list(struct queue *q, int state, queue_list_fn *fn, void *arg);
/*
 * Reads a result, which the caller frees with queue_result_free. Returns QUEUE_NO if the task is not finished or does
 * not exist, or its result is not kept any more; queue_look can distinguish these cases.
 */
enum queue_answer queue_result(struct queue *q, uint64_t id, struct queue_result *r);

/* -- Changing ------------------------------------------------------------------------------------------------------ */

/*
 * Makes these tasks ready again if they are dead or failed; if id_count is 0, makes all dead tasks ready. Stores the
 * number of changed tasks in *count. Calls `unchanged`, unless it is NULL, for each task that was not changed, for
 * example because an unfinished task has the same key by now.
 */
enum queue_answer queue_retry(
    struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count, queue_unchanged_fn *unchanged, void *arg);
/*
 * Removes these tasks, or, if id_count is 0, all tasks in that state (-1: any). Running and leased tasks are not
 * removed. Stores the number of removed tasks in *count.
 */
enum queue_answer queue_purge(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count);
/* Closes the queue: no more tasks can be put until it is reopened. */
enum queue_answer queue_close(struct queue *q);
enum queue_answer queue_reopen(struct queue *q);
/* Makes all pools stop their jobs and exit. */
enum queue_answer queue_terminate(struct queue *q);

/* -- Pools and waiting --------------------------------------------------------------------------------------------- */

/*
 * Registers this process as a pool with that number of slots (0: unlimited) until queue_free. A further call changes
 * the number. Returns QUEUE_YES if the backend keeps no list of pools.
 */
enum queue_answer queue_register_pool(struct queue *q, unsigned slots);
/*
 * Registers that this process, which belongs to the job of task_id, waits on the queue. Returns QUEUE_NO for a
 * deadlock, when every slot of every pool is running a job that waits on this queue; returns QUEUE_YES if the backend
 * cannot find out.
 */
enum queue_answer queue_wait_in_job(struct queue *q, uint64_t task_id);

/*
 * Is a task claimed by a process that was killed, and whose keeper is still ending its workers? Such a task soon
 * becomes ready again, without a notification.
 */
enum queue_answer queue_has_doomed(struct queue *q);

/* Starts listening for these kinds of notifications (QUEUE_NOTIFY_...). Returns 0, or -1 with queue_problem. */
int queue_listen(struct queue *q, unsigned kinds);
/*
 * Stores the fds that become readable on a notification; unused elements are -1. The last fd is for
 * QUEUE_NOTIFY_FINISHED and QUEUE_NOTIFY_STATE.
 */
void queue_fds(const struct queue *q, int fd[QUEUE_FDS]);
/* Reads the notifications from the fds. */
void queue_take_notifications(struct queue *q);
/* Returns the nanoseconds after which to look at the queue again even without a notification; at most 1 s. */
int64_t queue_recheck_ns(struct queue *q);
/*
 * Waits until a notification arrives or queue_recheck_ns has passed. Returns false if deadline_mono_ns (-1: never) has
 * passed. A caught signal ends the wait like a notification.
 */
bool queue_wait(struct queue *q, int64_t deadline_mono_ns);
/*
 * Waits like queue_wait. The wait also ends when fd (-1: none) is readable or at its end of file; *readable is then
 * true.
 */
bool queue_wait_for(struct queue *q, int64_t deadline_mono_ns, int fd, bool *readable);

/* Returns the fd that the keeper keeps open as long as workers live, or -1 if the backend has none. */
int queue_keeper_fd(const struct queue *q);
/*
 * Opens the feed pipe of the queue, for programs that can only write lines to a file. Returns a non-blocking fd, owned
 * by the queue, to poll and read; it has no end of file. Until queue_free, this process is the only reader of the pipe.
 * Returns -1 with queue_problem on failure; errno EBUSY: another process reads the pipe.
 */
int queue_feed_fd(struct queue *q);

#endif
