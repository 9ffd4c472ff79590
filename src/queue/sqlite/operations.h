/*
 * sqlite/operations: the operations of a queue directory, as in struct queue_ops. Each file contains related
 * operations:
 *
 *     put.c    put                    list.c   look, list
 *     take.c   claim, lease, begin    change.c retry, purge
 *     finish.c finish, drop, release  state.c  counts, empty, check, wait_in_job, close, reopen, terminate
 *     lease.c  done, fail, touch      pools.c  register_pool, has_doomed
 *     result.c result                 listen.c listen, fds, take_notifications, recheck_ns, keeper_fd, feed_fd
 */
#ifndef QPOOL_SQLITE_OPERATIONS_H
#define QPOOL_SQLITE_OPERATIONS_H

#include "queue/backend.h"

enum queue_answer sqlite_put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done);

enum queue_answer sqlite_claim(struct queue *q, size_t most, struct queue_task *tasks, size_t *count);
enum queue_answer sqlite_lease(struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count);
void sqlite_begin(struct queue *q, uint64_t id);

enum queue_answer sqlite_finish(struct queue *q, const struct queue_result *results, size_t count);
enum queue_answer sqlite_drop(struct queue *q, const struct queue_task *tasks, size_t count);
enum queue_answer sqlite_release(struct queue *q, const struct queue_task *tasks, size_t count);

enum queue_answer sqlite_done(struct queue *q, uint64_t id, uint64_t lease_id);
enum queue_answer sqlite_fail(struct queue *q, uint64_t id, uint64_t lease_id, const char *error);
enum queue_answer sqlite_touch(struct queue *q, uint64_t id, uint64_t lease_id, int64_t lease_ns);

enum queue_answer sqlite_look(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg);
enum queue_answer sqlite_list(struct queue *q, int state, queue_list_fn *fn, void *arg);
enum queue_answer sqlite_result(struct queue *q, uint64_t id, struct queue_result *r);

enum queue_answer sqlite_retry(
    struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count, queue_unchanged_fn *unchanged, void *arg);
enum queue_answer sqlite_purge(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count);

enum queue_answer sqlite_counts(struct queue *q, struct queue_counts *c);
enum queue_answer sqlite_empty(struct queue *q);
enum queue_answer sqlite_check(struct queue *q);
enum queue_answer sqlite_close(struct queue *q);
enum queue_answer sqlite_reopen(struct queue *q);
enum queue_answer sqlite_terminate(struct queue *q);

enum queue_answer sqlite_register_pool(struct queue *q, unsigned slots);
enum queue_answer sqlite_wait_in_job(struct queue *q, uint64_t task_id);
enum queue_answer sqlite_has_doomed(struct queue *q);

int sqlite_listen(struct queue *q, unsigned kinds);
void sqlite_fds(const struct queue *q, int fd[QUEUE_FDS]);
void sqlite_take_notifications(struct queue *q);
int64_t sqlite_recheck_ns(struct queue *q);
int sqlite_keeper_fd(const struct queue *q);
int sqlite_feed_fd(struct queue *q);

#endif
