/*
 * queue: tasks that any process puts and any takes. A QUEUE is named by a path; what stands there says which backend serves it.
 *
 * A task's life:
 *
 *     put --> DELAYED --> READY --> RUNNING --> DONE, FAILED      (a pool's job; it is kept with its result)
 *                           |  ^       |
 *                           |  +-------+   released, or its claimer died
 *                           +---> HELD --> gone                   (done; it is not kept)
 *                           |  ^   |
 *                           |  +---+       failed, or the lease ran out
 *                           +---> gone     (taken)                DEAD: after too many attempts; retried, it is READY again
 *
 * A backend is one const struct queue_ops, with all of them in it, in a file of its own, and a line in queue.c's table.
 */
#ifndef QPOOL_QUEUE_H
#define QPOOL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

enum queue_state {
	QUEUE_READY,
	QUEUE_DELAYED,
	QUEUE_RUNNING,
	QUEUE_HELD,
	QUEUE_DONE,
	QUEUE_FAILED,
	QUEUE_DEAD,
	QUEUE_STATES
};

/* What an operation says. */
enum queue_answer {
	QUEUE_YES,
	QUEUE_NO,     /* Empty, Full, no such task, not over yet */
	QUEUE_CLOSED, /* to put: closed; to take: closed and drained */
	QUEUE_LOST,   /* the lease is another's by now, or nobody's */
	QUEUE_ERROR,  /* queue_problem says it in words; nothing was changed */
};

/* What a queue is made with. */
struct queue_config {
	uint64_t most_ready;   /* tasks that may be ready or delayed at once; 0: no bound */
	unsigned max_attempts; /* then a task is dead */
	uint64_t keep_tasks;   /* results kept; UINT64_MAX: all */
	int64_t keep_ns;       /* and for so long; 0: no bound */
	bool sync_full;        /* what is finished survives a power cut too, not only what is put */
};

struct queue_put {
	const char *bytes; /* borrowed */
	size_t len;
	int priority;     /* higher first */
	int64_t after_ns; /* not to be taken before */
	const char *key;  /* borrowed; NULL: none */
};

struct queue_task {
	uint64_t id;
	char *bytes; /* owned by who asked: free(3); a NUL stands behind */
	size_t len;
	unsigned attempt; /* the how manieth this is, from 1 */
	uint64_t token;   /* of a lease; 0 */
};

/* How a job ended, for who asks for it. */
struct queue_result {
	uint64_t id;
	int wstatus;         /* as from wait(2) */
	const char *end;     /* as in a record: "ok", "fail" ... */
	struct buf record;   /* a line of record_tsv */
	struct buf out, err; /* what it printed, or */
	int out_fd, err_fd;  /* a file that holds it; -1: none */
};

/* What is known of one task. */
struct queue_info {
	uint64_t id;
	enum queue_state state;
	int priority;
	unsigned attempts;                  /* made so far */
	int64_t put_wall_us, since_wall_us; /* since: in this state */
	int64_t running_ns;                 /* RUNNING or HELD: for so long */
	pid_t pid;                          /* RUNNING: of its pool */
	const char *key;                    /* NULL; valid in the call */
	const char *error;                  /* of the last attempt; NULL; valid in the call */
	const char *bytes;                  /* valid in the call */
	size_t len;
};

struct queue_counts {
	uint64_t of[QUEUE_STATES];
	uint64_t most_ready;
	uint64_t terminated; /* how often */
	uint64_t put, over;  /* tasks put, and tasks that are over, since it was made */
	unsigned consumers;  /* pools that serve it now */
	unsigned slots;      /* of theirs; 0 among them is one without a bound */
	bool closed;
};

/* What to hear of, for queue_listen. */
enum {
	QUEUE_HEAR_TASKS = 1, /* a task may be there to take */
	QUEUE_HEAR_ROOM = 2,  /* there may be room to put one */
	QUEUE_HEAR_OVER = 4,  /* a task is over */
	QUEUE_HEAR_STATE = 8, /* closed, opened, terminated */
};
enum { QUEUE_FDS = 3 };

struct queue;

/* Called for each task; false: no more. */
typedef bool queue_list_fn(void *arg, const struct queue_info *info);

struct queue_ops {
	const char *name;

	/*
	 * How many tasks were put comes out in *done, whatever the answer; ids[] in order, 0 where the queue has none. All or none of each call that fits;
	 * Full says how far it came.
	 */
	enum queue_answer (*put)(
	    struct queue *q, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done);
	/* Takes up to `most`, to be run, released or dropped by this process; it is nobody else's while this process (or its keeper) lives. */
	enum queue_answer (*claim)(struct queue *q, size_t most, struct queue_task *tasks, size_t *count);
	/* The same for a lease; done, fail and touch name id and token. */
	enum queue_answer (*hold)(
	    struct queue *q, int64_t lease_ns, size_t most, struct queue_task *tasks, size_t *count);
	/* A claimed one is now being run: from here on, to die with it is an attempt. */
	void (*begin)(struct queue *q, uint64_t id);
	/* Claimed ones have been run. */
	enum queue_answer (*finish)(struct queue *q, const struct queue_result *results, size_t count);
	/* Claimed ones were handed to who asked: they are gone. */
	enum queue_answer (*drop)(struct queue *q, const struct queue_task *tasks, size_t count);
	/* Claimed ones are ready again, and it was no attempt. */
	enum queue_answer (*release)(struct queue *q, const struct queue_task *tasks, size_t count);
	/* Of a lease. `error` (NULL: none) is kept with the task. */
	enum queue_answer (*done)(struct queue *q, uint64_t id, uint64_t token);
	enum queue_answer (*fail)(struct queue *q, uint64_t id, uint64_t token, const char *error);
	enum queue_answer (*touch)(struct queue *q, uint64_t id, uint64_t token, int64_t lease_ns);

	enum queue_answer (*counts)(struct queue *q, struct queue_counts *c);
	/* Is no task ready? That can be told also where they cannot be counted. */
	enum queue_answer (*empty)(struct queue *q);
	/* Of one task; QUEUE_NO: there is none, or no more. */
	enum queue_answer (*look)(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg);
	/* `state` -1: of any. In the order of ids. */
	enum queue_answer (*list)(struct queue *q, int state, queue_list_fn *fn, void *arg);
	/* QUEUE_NO: it is not over, or there is no such task, or its result is kept no more; look tells. */
	enum queue_answer (*result)(struct queue *q, uint64_t id, struct queue_result *r);
	/* Those ids (dead and failed ones), or all dead ones when there is none: ready again. How many in *count. */
	enum queue_answer (*retry)(struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count);
	/* Removes those ids, or all in that state (-1: any), unless running or held. */
	enum queue_answer (*purge)(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count);
	/* Closed, no more can be put; opened again, they can. */
	enum queue_answer (*close)(struct queue *q, bool closed);
	/* Tells all pools to end what runs and to go. */
	enum queue_answer (*terminate)(struct queue *q);

	/* This process is a pool of so many slots (0: no bound), for as long as it has the queue open; called again, the number has changed. */
	enum queue_answer (*serve)(struct queue *q, unsigned slots);
	/* Waits as the worker that runs that task: QUEUE_NO when every slot of every pool waits so. */
	enum queue_answer (*wait_inside)(struct queue *q, uint64_t task_id);

	/* From now on what is of these kinds is heard. -1 with queue_problem. */
	int (*listen)(struct queue *q, unsigned kinds);
	/* The fds that become readable by it; unused ones are -1. */
	void (*fds)(const struct queue *q, int fd[QUEUE_FDS]);
	/* Takes from them what woke us. */
	void (*heard)(struct queue *q);
	/* Nanoseconds after which to look again though nothing was heard; at most 1 s. */
	int64_t (*again_ns)(struct queue *q);
	/* The fd that the keeper is to hold for as long as workers live; -1: none. */
	int (*keep_fd)(const struct queue *q);

	/*
	 * The pipe beside the queue for programs that know only echo: an fd to poll and read, non-blocking, without an end of file, which the queue keeps.
	 * Until the queue is freed this process is its only reader. -1 with queue_problem: errno EBUSY, another is. NULL: this kind has none.
	 */
	int (*feed_fd)(struct queue *q);

	void (*free)(struct queue *q);
};

/* The head of every backend's own struct. */
struct queue {
	const struct queue_ops *ops;
	char *name;      /* owned: as it was given */
	const char *why; /* static: why the last answer was QUEUE_NO, when that is not plain; NULL */
	char problem[512];
};

/*
 * Opens what stands at that path. NULL: `problem` says why. A path that is no queue says so.
 */
struct queue *queue_open(const char *name, char *problem, size_t size);
/* Makes a queue directory. QUEUE_NO: there is something by that name; with `again`, only if it is no queue of that config. */
enum queue_answer queue_create(
    const char *name, const struct queue_config *config, bool again, char *problem, size_t size);
void queue_free(struct queue *q);
/* What went wrong, in words, without a newline. */
const char *queue_problem(const struct queue *q);
/* Says it; returns QUEUE_ERROR. For backends. */
enum queue_answer queue_fail(struct queue *q, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "ready" and so on: static. queue_state_named: -1 if there is none of that name. */
const char *queue_state_name(enum queue_state state);
int queue_state_named(const char *name);
/* Tasks that are neither over nor dead. */
uint64_t queue_unfinished(const struct queue_counts *c);

void queue_task_free(struct queue_task *t);
void queue_result_free(struct queue_result *r);

/*
 * Waits, with what queue_listen was told of, until something was heard or it is time to look again: true. false: it is deadline_mono_ns (-1: never).
 * A signal that is caught ends the wait as if something was heard.
 */
bool queue_wait(struct queue *q, int64_t deadline_mono_ns);
/* The same, ended too by what can be read from fd (-1: none), or its end: then *readable. */
bool queue_wait_for(struct queue *q, int64_t deadline_mono_ns, int fd, bool *readable);

#endif
