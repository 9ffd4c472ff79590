/*
 * sqlite/shared: the struct of a queue directory, and the functions that its operations share: transactions, settings,
 * counts, and claims on several tasks.
 */
#ifndef QPOOL_SQLITE_SHARED_H
#define QPOOL_SQLITE_SHARED_H

#include "queue/backend.h"
#include "queue/notify.h"
#include "queue/sqlite/claims.h"
#include "queue/sqlite/db.h"

struct sqlite_queue {
	struct queue queue;
	struct db db;
	struct claims claims;
	struct notify notify;
	struct queue_config config;
	int64_t pool_id;         /* our row in the table of pools; 0: this process is not a pool */
	int feed_fd;             /* owned; -1: this process does not read the feed pipe */
	int64_t settled_mono_ns; /* time of the last sqlite_settle; 0: never */
};

#define SELF(q) ((struct sqlite_queue *)(q))

/*
 * Runs `body` in a transaction, and rolls the transaction back on QUEUE_ERROR. If `durable`, the commit survives a
 * power cut. If `essential` and the disk is full, some space is freed and `body` runs once more, so `body` must start
 * from the beginning each time.
 */
typedef enum queue_answer sqlite_body(struct sqlite_queue *s, void *arg);
enum queue_answer sqlite_write(struct sqlite_queue *s, bool durable, bool essential, sqlite_body *body, void *arg);

/* Sets the problem that the value `what` in the database is impossible. Returns -1. */
int64_t sqlite_damaged(struct sqlite_queue *s, const char *what);
/* Returns a number from the settings, or -1 with the queue's problem. */
int64_t sqlite_setting(struct sqlite_queue *s, const char *name);
int sqlite_set(struct sqlite_queue *s, const char *name, int64_t value);
/* Returns the number of tasks in that state, or -1 with the queue's problem. */
int64_t sqlite_count(struct sqlite_queue *s, enum queue_state state);
/*
 * Adds `change` to the stored number of tasks in a state. Only for changes of state that no trigger of the database
 * counts, and within a transaction. Returns 0, or -1 with the queue's problem.
 */
int sqlite_recount(struct sqlite_queue *s, enum queue_state state, int64_t change);
/* Returns the number of tasks that are neither finished nor dead, or -1 with the queue's problem. */
int64_t sqlite_unfinished(struct sqlite_queue *s);

/* Returns the id of the unfinished task with that key, 0 if no task has the key, or -1 with the queue's problem. */
int64_t sqlite_find_key(struct sqlite_queue *s, const char *key);

/* Returns how many of these tasks, from the first on, have consecutive ids, so that one lock can claim all of them. */
size_t sqlite_run_length(const struct queue_task *tasks, size_t count);
void sqlite_drop_claims(struct sqlite_queue *s, const struct queue_task *tasks, size_t count);
/*
 * Wakes the processes that wait for a task to finish. If no unfinished task is left, also wakes those that wait for a
 * task of a closed queue.
 */
void sqlite_notify_finished(struct sqlite_queue *s);

#endif
