/*
 * queue/backend: the interface that a backend implements. A backend is one const struct queue_ops in a file of its own,
 * and a line in the table in queue.c. The file includes this header and never calls queue.c. To write a backend, start
 * from a copy of tests/unit/queue-mem.c, which has each operation in its simplest form.
 *
 * An operation that a backend lacks is NULL. The front (queue.c) then returns the answer that the comments below
 * describe.
 */
#ifndef QPOOL_QUEUE_BACKEND_H
#define QPOOL_QUEUE_BACKEND_H

#include "queue/task.h"

struct queue;

/* Arguments, results and ownership are described in queue.h, at the function of the front with the same name. */
struct queue_ops {
	const char *kind; /* for messages: "a named pipe" */

	/* NULL: QUEUE_ERROR with a message that names what the backend lacks. */
	enum queue_answer (*put)(
	    struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done);
	enum queue_answer (*claim)(struct queue *q, size_t most, struct queue_task *tasks, size_t *count);
	enum queue_answer (*lease)(
	    struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count);
	enum queue_answer (*release)(struct queue *q, const struct queue_task *tasks, size_t count);
	enum queue_answer (*done)(struct queue *q, uint64_t id, uint64_t lease_id);
	enum queue_answer (*fail)(struct queue *q, uint64_t id, uint64_t lease_id, const char *error);
	enum queue_answer (*touch)(struct queue *q, uint64_t id, uint64_t lease_id, int64_t lease_ns);
	enum queue_answer (*counts)(struct queue *q, struct queue_counts *c); /* *c is zeroed by the front */
	enum queue_answer (*empty)(struct queue *q);
	enum queue_answer (*look)(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg);
	enum queue_answer (*list)(struct queue *q, int state, queue_list_fn *fn, void *arg);
	enum queue_answer (*result)(struct queue *q, uint64_t id, struct queue_result *r); /* *r is empty */
	enum queue_answer (*retry)(struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count,
	    queue_unchanged_fn *unchanged, void *arg);
	enum queue_answer (*purge)(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count);
	enum queue_answer (*close)(struct queue *q);
	enum queue_answer (*reopen)(struct queue *q);
	enum queue_answer (*terminate)(struct queue *q);

	/* NULL: QUEUE_YES, nothing to record. */
	void (*begin)(struct queue *q, uint64_t id);
	enum queue_answer (*finish)(struct queue *q, const struct queue_result *results, size_t count);
	enum queue_answer (*drop)(struct queue *q, const struct queue_task *tasks, size_t count);
	enum queue_answer (*register_pool)(struct queue *q, unsigned slots);
	enum queue_answer (*wait_in_job)(struct queue *q, uint64_t task_id);

	/* NULL: QUEUE_YES; the queue cannot be removed, or its users can continue after it is removed. */
	enum queue_answer (*check)(struct queue *q);

	/* NULL: QUEUE_NO; no claim outlives its process. */
	enum queue_answer (*has_doomed)(struct queue *q);

	/* NULL: no notifications; callers look again every second. */
	int (*listen)(struct queue *q, unsigned kinds);
	void (*fds)(const struct queue *q, int fd[QUEUE_FDS]); /* fd[] is filled with -1 by the front */
	void (*take_notifications)(struct queue *q);
	int64_t (*recheck_ns)(struct queue *q);

	/* NULL: the backend has no such fd. */
	int (*keeper_fd)(const struct queue *q);
	int (*feed_fd)(struct queue *q);

	/*
	 * Releases what the backend added to struct queue; the front frees the struct itself. NULL: nothing to release.
	 */
	void (*free)(struct queue *q);
};

/* The first member of each backend's struct, which is allocated with mem_alloc. */
struct queue {
	const struct queue_ops *ops;
	char *name;         /* owned; as the user gave it */
	const char *reason; /* static: why the last answer was QUEUE_NO, if that is not obvious; NULL */
	struct queue_patience patience;
	bool busy; /* the last problem was only that other processes had the queue locked */
	bool gone; /* the queue was removed or replaced, so all further operations fail */
	char problem[512];
};

/* Sets the problem of `q`, clears `busy`, and returns QUEUE_ERROR. */
enum queue_answer queue_error(struct queue *q, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees a queue like queue_free: what the backend added, and the struct. For backends, which do not call the front. */
void queue_discard(struct queue *q);

#endif
