/*
 * sqlite/shared: the struct of a queue directory, and what its operations share: transactions, settings, counts, claims
 * of several tasks.
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
	int64_t pool_id;         /* our row in the table of pools; 0: we are not a pool */
	int feed_fd;             /* owned; -1: we do not read the feed pipe */
	int64_t settled_mono_ns; /* when delays, leases and claims were last settled; 0: never */
};

#define SELF(q) ((struct sqlite_queue *)(q))

/*
 * Runs `body` in a transaction, and rolls it back on QUEUE_ERROR. durable: its commit survives a power cut. essential:
 * if the disk is full, some space is freed and body runs once more, so it must start from the beginning each time.
 */
typedef enum queue_answer sqlite_body(struct sqlite_queue *s, void *arg);
enum queue_answer sqlite_write(struct sqlite_queue *s, bool durable, bool essential, sqlite_body *body, void *arg);

/* Sets the problem: that value of the database is impossible. Returns -1. */
int64_t sqlite_damaged(struct sqlite_queue *s, const char *what);
/* A number of the settings; -1 with the queue's problem. */
int64_t sqlite_setting(struct sqlite_queue *s, const char *name);
int sqlite_set(struct sqlite_queue *s, const char *name, int64_t value);
/* The number of tasks in that state. -1 with the queue's problem. */
int64_t sqlite_count(struct sqlite_queue *s, enum queue_state state);
/* Changes the count of a state where no trigger does; in a transaction. -1 with the queue's problem. */
int sqlite_recount(struct sqlite_queue *s, enum queue_state state, int64_t change);
/* Tasks that are neither finished nor dead. -1 with the queue's problem. */
int64_t sqlite_unfinished(struct sqlite_queue *s);

/* The id of the unfinished task with that key; 0: none; -1 with the queue's problem. */
int64_t sqlite_find_key(struct sqlite_queue *s, const char *key);

/* How many of these tasks, from the first on, have consecutive ids: one lock claims them all. */
size_t sqlite_run_length(const struct queue_task *tasks, size_t count);
void sqlite_drop_claims(struct sqlite_queue *s, const struct queue_task *tasks, size_t count);
/* Wakes all that wait for tasks to finish, and, if that was the last one, for a task of a closed queue. */
void sqlite_notify_finished(struct sqlite_queue *s);

#endif
