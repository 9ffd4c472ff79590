/*
 * queue: the front of all queues. A queue holds tasks that any process puts and any process takes. It is named by a
 * path; the kind of file at that path selects the backend.
 *
 * An operation that the backend lacks is answered here with QUEUE_ERROR and a message, unless stated otherwise. To add
 * a backend, see queue/backend.h.
 */
#ifndef QPOOL_QUEUE_H
#define QPOOL_QUEUE_H

#include "queue/task.h"

struct queue;

/*
 * Opens the queue at that path; free it with queue_free. NULL: `problem` describes why, also when the path is not a
 * queue.
 */
struct queue *queue_open(const char *name, char *problem, size_t size);
/* The same, with that patience, now and later; queue_open has QUEUE_DEFAULT_WAIT. */
struct queue *queue_open_patiently(const char *name, const struct queue_patience *patience, char *problem, size_t size);
/* Changes the deadline of its patience. */
void queue_set_deadline(struct queue *q, int64_t deadline_mono_ns);
/*
 * Creates a queue directory. QUEUE_NO: the name exists; with `again`, only if it is not a queue with the same config.
 */
enum queue_answer queue_create(
    const char *name, const struct queue_config *config, bool again, char *problem, size_t size);
void queue_free(struct queue *q);

/* The last error in words, without a newline; owned by q, valid until the next operation. */
const char *queue_problem(const struct queue *q);
/*
 * Checks that the queue is still the one at its path. QUEUE_ERROR, as from every further operation: it was removed or
 * replaced; what this process changes in it would be lost.
 */
enum queue_answer queue_check(struct queue *q);
/* Whether that is so, as far as is known. */
bool queue_is_gone(const struct queue *q);
/* Whether the last error was only that other processes had the queue locked for longer than our patience. */
bool queue_is_busy(const struct queue *q);
/* Why the last answer was QUEUE_NO, if that is not obvious; NULL. Static. */
const char *queue_reason(const struct queue *q);
/* Whether the queue has a pipe beside it for queue_feed_fd. */
bool queue_has_feed(const struct queue *q);

/* -- Producing ----------------------------------------------------------------------------------------------------- */

/*
 * Puts tasks. Sets *done to how many were put, whatever the answer, and ids[] in order, 0 if the backend has no ids.
 * Each call puts all tasks or none, except when the queue gets full: then QUEUE_NO, and *done says how many fitted.
 */
enum queue_answer queue_put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done);

/* -- Running: a pool's tasks --------------------------------------------------------------------------------------- */

/*
 * Claims up to `most` tasks, to be finished, dropped or released by this process. No other process can take them while
 * this process (or its keeper) lives. The caller frees each with queue_task_free.
 */
enum queue_answer queue_claim(struct queue *q, size_t most, struct queue_task *tasks, size_t *count);
/* Marks a claimed task as started: if this process dies from now on, that counts as an attempt. */
void queue_begin(struct queue *q, uint64_t id);
/* Records the results of claimed tasks. */
enum queue_answer queue_finish(struct queue *q, const struct queue_result *results, size_t count);
/* Removes claimed tasks, since the process that asked for them has them now. */
enum queue_answer queue_drop(struct queue *q, const struct queue_task *tasks, size_t count);
/* Makes claimed tasks ready again; it does not count as an attempt. */
enum queue_answer queue_release(struct queue *q, const struct queue_task *tasks, size_t count);

/* -- Leases -------------------------------------------------------------------------------------------------------- */

/* Leases up to `most` tasks for lease_ns; id and lease_id name each for the next three. Frees as queue_claim. */
enum queue_answer queue_lease(struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count);
/* Removes the task. */
enum queue_answer queue_done(struct queue *q, uint64_t id, uint64_t lease_id);
/* Counts an attempt: the task is ready again, or dead. `error` (NULL: none) is kept with it. */
enum queue_answer queue_fail(struct queue *q, uint64_t id, uint64_t lease_id, const char *error);
/* Extends the lease to lease_ns from now. */
enum queue_answer queue_touch(struct queue *q, uint64_t id, uint64_t lease_id, int64_t lease_ns);

/* -- Looking ------------------------------------------------------------------------------------------------------- */

enum queue_answer queue_counts(struct queue *q, struct queue_counts *c);
/* Whether no task is ready; also for a backend that cannot count its tasks. */
enum queue_answer queue_empty(struct queue *q);
/* Calls fn for one task. QUEUE_NO: it does not exist, or not any more. */
enum queue_answer queue_look(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg);
/* Calls fn for each task in that state (-1: any), in the order of ids. */
enum queue_answer queue_list(struct queue *q, int state, queue_list_fn *fn, void *arg);
/*
 * Reads a result; the caller frees it with queue_result_free. QUEUE_NO: the task is not finished, does not exist, or
 * its result is no longer kept; queue_look tells which.
 */
enum queue_answer queue_result(struct queue *q, uint64_t id, struct queue_result *r);

/* -- Changing ------------------------------------------------------------------------------------------------------ */

/*
 * Makes these tasks (dead or failed) ready again, or all dead ones if id_count is 0; *count is their number. Calls
 * `unchanged` (NULL: nothing) for those that stay as they are, such as a task whose key an unfinished one has by now.
 */
enum queue_answer queue_retry(
    struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count, queue_unchanged_fn *unchanged, void *arg);
/* Removes these tasks, or all in that state (-1: any), except running and leased ones; *count is their number. */
enum queue_answer queue_purge(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count);
/* No more tasks can be put until the queue is reopened. */
enum queue_answer queue_close(struct queue *q);
enum queue_answer queue_reopen(struct queue *q);
/* Makes all pools stop their jobs and exit. */
enum queue_answer queue_terminate(struct queue *q);

/* -- Pools and waiting --------------------------------------------------------------------------------------------- */

/*
 * Registers this process as a pool with that number of slots (0: unlimited) until the queue is freed; a further call
 * changes the number. QUEUE_YES if the backend keeps no list of pools.
 */
enum queue_answer queue_register_pool(struct queue *q, unsigned slots);
/*
 * Registers that this process waits on the queue, within the job of task_id. QUEUE_NO: every slot of every pool is
 * running a job that waits on this queue, a deadlock. QUEUE_YES if the backend cannot find out.
 */
enum queue_answer queue_wait_in_job(struct queue *q, uint64_t task_id);

/*
 * Whether a task is claimed by a process that was killed while its keeper is still ending the workers. Such a task is
 * ready again soon, without a notification.
 */
enum queue_answer queue_has_doomed(struct queue *q);

/* Starts listening for these kinds of notifications (QUEUE_NOTIFY_...). -1 with queue_problem. */
int queue_listen(struct queue *q, unsigned kinds);
/*
 * The fds that become readable on a notification; unused ones are -1. The last one is for QUEUE_NOTIFY_FINISHED and
 * _STATE.
 */
void queue_fds(const struct queue *q, int fd[QUEUE_FDS]);
/* Reads the notifications from the fds. */
void queue_take_notifications(struct queue *q);
/* Nanoseconds after which to look again without a notification; at most 1 s. */
int64_t queue_recheck_ns(struct queue *q);
/*
 * Waits for a notification, or for the time to look again: true. false: deadline_mono_ns (-1: never) has passed. A
 * caught signal ends the wait like a notification.
 */
bool queue_wait(struct queue *q, int64_t deadline_mono_ns);
/* The same; the wait also ends when fd (-1: none) is readable or at its end of file, and then sets *readable. */
bool queue_wait_for(struct queue *q, int64_t deadline_mono_ns, int fd, bool *readable);

/* The fd that the keeper keeps open as long as workers live; -1: none. */
int queue_keeper_fd(const struct queue *q);
/*
 * The pipe beside the queue, for programs that can only write lines to a file: a non-blocking fd to poll and read,
 * without end of file, owned by the queue. Until the queue is freed this process is its only reader. -1 with
 * queue_problem; errno EBUSY: another process reads it.
 */
int queue_feed_fd(struct queue *q);

#endif
