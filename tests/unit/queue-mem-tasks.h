/* queue-mem-tasks: the tasks of queue-mem, and the operations on one task. */
#ifndef QUEUE_MEM_TASKS_H
#define QUEUE_MEM_TASKS_H

#include "queue/backend.h"

struct mem_task {
	uint64_t id, lease_id;
	enum queue_state state;
	int priority;
	unsigned attempts;
	int64_t until_ns, put_wall_us, since_wall_us;
	char *key, *error, *bytes; /* owned; key and error may be NULL */
	size_t len;
	bool has_result;
	struct queue_result result;
};

struct mem_queue {
	struct queue queue;
	struct queue_config config;
	struct mem_task *tasks; /* owned */
	size_t count, size;
	uint64_t last_id, last_lease_id, terminated;
	unsigned consumers, slots;
	bool closed;
};

#define SELF(q) ((struct mem_queue *)(q))

/* Is the task in that state? -1 matches any state. */
bool mq_is_state(const struct mem_task *t, int state);
uint64_t mq_count_state(const struct mem_queue *m, int state);
/* Returns the task with that id, or NULL. */
struct mem_task *mq_find(struct mem_queue *m, uint64_t id);
/* Changes the state of a task, as of now. */
void mq_move(struct mem_task *t, enum queue_state state);
/* Stores a copy of the error in the task; NULL: no error. */
void mq_set_error(struct mem_task *t, const char *error);
void mq_forget_result(struct mem_task *t);
/* Frees what the task owns. */
void mq_empty_task(struct mem_task *t);
/* Removes the task from the queue. */
void mq_forget(struct mem_queue *m, struct mem_task *t);
/* Counts a failed attempt, after which the task is ready or dead. */
void mq_count_attempt(struct mem_queue *m, struct mem_task *t, const char *error);
/* Ends the delays and leases whose time has passed. */
void mq_settle(struct mem_queue *m);
/* Returns the number of tasks that are ready, delayed, running or leased. */
uint64_t mq_unfinished(const struct mem_queue *m);
/* Returns the unfinished task with that key, or NULL. Returns NULL for a NULL key. */
const struct mem_task *mq_find_key(const struct mem_queue *m, const char *key);
/* Adds a task. Returns its id. */
uint64_t mq_add(struct mem_queue *m, const struct queue_put *p);
/* Returns the ready task to take next, or NULL. */
struct mem_task *mq_first_ready(struct mem_queue *m);
/* Returns the task that was done or failed first, or NULL. */
struct mem_task *mq_oldest_finished(struct mem_queue *m);

#endif
