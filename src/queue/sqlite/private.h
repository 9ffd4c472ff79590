/* queue-sqlite-private: what the files of queue directories share. */
#ifndef QPOOL_QUEUE_SQLITE_PRIVATE_H
#define QPOOL_QUEUE_SQLITE_PRIVATE_H

#include "queue/notify.h"
#include "queue/pipe.h"
#include "queue/sqlite/claims.h"
#include "queue/sqlite/db.h"
#include "queue/sqlite/sqlite.h"

/* Where each statement is kept. */
enum {
	S_SETTING,
	S_SET,
	S_COUNT,
	S_RECOUNT,
	S_PUT_TOTAL,
	S_CONSUMERS,
	S_JOIN,
	S_SLOTS,
	S_LEAVE,
	S_DUE,
	S_NEXT_DUE,
	S_RUNNING,
	S_RIPEN,
	S_LAPSE,
	S_ORPHAN,
	S_KEY,
	S_PUT,
	S_READY,
	S_CLAIM,
	S_HOLD,
	S_FINISH,
	S_RESULT_PUT,
	S_DROP,
	S_RELEASE,
	S_DONE,
	S_FAIL,
	S_TOUCH,
	S_LOOK,
	S_LIST,
	S_LIST_STATE,
	S_RESULT,
	S_OUTDATED,
	S_SURPLUS,
	S_TASK_GONE,
	S_RESULT_GONE,
	S_RETRY,
	S_RETRY_ALL,
	S_PURGE_STATE,
	S_PURGE_ALL,
	S_IS_FREE,
	S_REBOOT,
	S_END
};
_Static_assert((int)S_END <= (int)DB_MOST_STATEMENTS, "make DB_MOST_STATEMENTS larger");

struct sqlite_queue {
	struct queue queue;
	struct db db;
	struct claims claims;
	struct notify notify;
	struct queue_config config;
	int64_t consumer;        /* our row, while we serve; 0 */
	int feed_fd;             /* owned; -1 unless we feed */
	int64_t settled_mono_ns; /* when the claims of others were last looked at; 0 */
};

/*
 * Runs `body` in a transaction; QUEUE_ERROR rolls it back. `must`: for the day the disk is full there is room laid by, and body runs again. It must be
 * fit to.
 */
typedef enum queue_answer sqlite_body(struct sqlite_queue *s, void *arg);
enum queue_answer sqlite_write(struct sqlite_queue *s, bool durable, bool must, sqlite_body *body, void *arg);

/* A number of the table setting; -1 with the queue's problem. */
int64_t sqlite_setting(struct sqlite_queue *s, const char *name);
int sqlite_set(struct sqlite_queue *s, const char *name, int64_t value);
/* How many tasks are in that state. -1 with the queue's problem. */
int64_t sqlite_count(struct sqlite_queue *s, enum queue_state state);
/* Counts `by` more or fewer in that state, where no trigger does; in a transaction. -1 with the queue's problem. */
int sqlite_recount(struct sqlite_queue *s, enum queue_state state, int64_t by);
/* Neither over nor dead. */
int64_t sqlite_unfinished(struct sqlite_queue *s);

/* Ends delays and leases that are over, and claims whose holder is gone; in a transaction. -1 with the queue's problem. */
int sqlite_settle(struct sqlite_queue *s);
/* Is there anything to settle? 1, 0, -1 with the queue's problem. */
int sqlite_is_unsettled(struct sqlite_queue *s);

enum queue_answer sqlite_put(struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done);
enum queue_answer sqlite_claim(struct queue *q, size_t most, struct queue_task *tasks, size_t *count);
enum queue_answer sqlite_hold(struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count);
void sqlite_begin(struct queue *q, uint64_t id);
enum queue_answer sqlite_finish(struct queue *q, const struct queue_result *results, size_t count);
enum queue_answer sqlite_drop(struct queue *q, const struct queue_task *tasks, size_t count);
enum queue_answer sqlite_release(struct queue *q, const struct queue_task *tasks, size_t count);
enum queue_answer sqlite_done(struct queue *q, uint64_t id, uint64_t token);
enum queue_answer sqlite_fail(struct queue *q, uint64_t id, uint64_t token, const char *error);
enum queue_answer sqlite_touch(struct queue *q, uint64_t id, uint64_t token, int64_t lease_ns);
enum queue_answer sqlite_look(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg);
enum queue_answer sqlite_list(struct queue *q, int state, queue_list_fn *fn, void *arg);
enum queue_answer sqlite_result(struct queue *q, uint64_t id, struct queue_result *r);
enum queue_answer sqlite_retry(struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count);
enum queue_answer sqlite_purge(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count);

/* Results (queue-sqlite-result.c): keeps one, in a transaction; removes those that are kept long enough. -1 with the queue's problem. */
int sqlite_keep_result(struct sqlite_queue *s, const struct queue_result *r);
int sqlite_prune(struct sqlite_queue *s);
/* Removes a task, its result and its files; in a transaction. -1 with the queue's problem. */
int sqlite_forget(struct sqlite_queue *s, uint64_t id);

#endif
