/*
 * queue/task: the types that callers, the front and the backends exchange: tasks, results, counts, states and answers.
 *
 * The states of a task:
 *
 *     put --> DELAYED --> READY --> RUNNING --> DONE, FAILED      (a pool's job; kept with its result)
 *                           |  ^       |
 *                           |  +-------+   released, or the process with the claim died
 *                           +---> LEASED --> removed              (done; not kept)
 *                           |  ^   |
 *                           |  +---+       failed, or the lease expired
 *                           +---> removed  (taken by qctl get)    DEAD: after too many attempts; `retry` makes it READY
 */
#ifndef QPOOL_QUEUE_TASK_H
#define QPOOL_QUEUE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "job/outcome.h"

enum queue_state {
	QUEUE_READY,
	QUEUE_DELAYED,
	QUEUE_RUNNING,
	QUEUE_LEASED, /* printed as "held" */
	QUEUE_DONE,
	QUEUE_FAILED,
	QUEUE_DEAD,
	QUEUE_STATES
};

/* The answer to an operation. */
enum queue_answer {
	QUEUE_YES,
	QUEUE_NO,     /* the queue is empty or full, or the task was not found or is not finished */
	QUEUE_CLOSED, /* put: the queue is closed; claim and lease: the queue is closed and drained */
	QUEUE_LOST,   /* the lease expired, or belongs to another process by now */
	QUEUE_ERROR,  /* queue_problem describes the error; nothing was changed */
};

/* The settings of a new queue. */
struct queue_config {
	uint64_t most_ready;   /* limit of the number of ready and delayed tasks; 0: unlimited */
	unsigned max_attempts; /* number of failed attempts after which a task is dead */
	uint64_t keep_tasks;   /* number of results to keep; UINT64_MAX: all */
	int64_t keep_ns;       /* time to keep each result; 0: unlimited */
	bool sync_full;        /* results survive a power cut; tasks that were put always do */
};

struct queue_put {
	const char *bytes; /* borrowed */
	size_t len;
	int priority;     /* higher first */
	int64_t after_ns; /* delay before the task becomes ready */
	const char *key; /* borrowed; NULL: none. While a task with this key is unfinished, another one is not added. */
};

struct queue_task {
	uint64_t id;
	char *bytes; /* owned by the caller: free with queue_task_free; a NUL follows the last byte */
	size_t len;
	unsigned attempt;  /* 1-based attempt number */
	uint64_t lease_id; /* 0 unless leased */
};

/* How a job ended, for the process that asks for its result. */
struct queue_result {
	uint64_t id;
	int wstatus; /* as from wait(2) */
	enum outcome outcome;
	struct buf record;   /* a line of record_tsv */
	struct buf out, err; /* the output of the job, unless a file has it */
	int out_fd, err_fd;  /* owned: files with the output; -1: none */
};

/* A description of one task. */
struct queue_info {
	uint64_t id;
	enum queue_state state;
	int priority;
	unsigned attempts;                  /* number of attempts so far */
	int64_t put_wall_us, since_wall_us; /* when the task was put, and when it entered its state */
	int64_t running_ns;                 /* RUNNING or LEASED: time since it entered the state */
	pid_t pid;                          /* RUNNING: pid of its pool */
	const char *key;                    /* NULL: none; valid during the call */
	const char *error;                  /* error of the last attempt; NULL: none; valid during the call */
	const char *bytes;                  /* valid during the call */
	size_t len;
};

struct queue_counts {
	uint64_t of[QUEUE_STATES];
	uint64_t most_ready;
	uint64_t terminated;    /* number of times that the queue was terminated */
	uint64_t put, finished; /* tasks put, and tasks finished, since the queue was created */
	unsigned consumers;     /* pools that run its tasks now */
	unsigned slots;         /* sum of the slots of these pools; 0: a pool has no limit */
	bool closed;
};

/*
 * How long an operation waits while other processes change the queue. Each change takes milliseconds, unless the
 * process is stopped meanwhile.
 */
struct queue_patience {
	int64_t deadline_mono_ns; /* the wait is at least half a second; or a constant below */
	bool only_reads;          /* the operation only reads, so it goes on without the lock after a short wait */
};
enum {
	QUEUE_NO_WAIT = -2,      /* fail at once */
	QUEUE_DEFAULT_WAIT = -1, /* 5 s */
};

/* Kinds of notifications, for queue_listen. The values are part of the format of a queue directory (queue/notify.h). */
enum {
	QUEUE_NOTIFY_TASKS = 1,    /* there may be a task to take */
	QUEUE_NOTIFY_SPACE = 2,    /* there may be free space for a task */
	QUEUE_NOTIFY_FINISHED = 4, /* a task is finished */
	QUEUE_NOTIFY_STATE = 8,    /* the queue was closed, reopened, drained or terminated */
};

/* The number of fds that queue_fds stores. */
enum { QUEUE_FDS = 3 };

/* Called for each task of a list. Returns false to end the list. */
typedef bool queue_list_fn(void *arg, const struct queue_info *info);

/* Called for a task that was not changed, with the reason in words. Both are valid during the call. */
typedef void queue_unchanged_fn(void *arg, uint64_t id, const char *why);

/* Returns the name of a state, such as "ready", in static memory. */
const char *queue_state_name(enum queue_state state);
/* Returns the state with this name, or -1 if the name is unknown. */
int queue_state_named(const char *name);
/* Returns the number of tasks that are ready, delayed, running or leased. */
uint64_t queue_unfinished(const struct queue_counts *c);

void queue_task_free(struct queue_task *t);
/* Frees the buffers and closes the files. */
void queue_result_free(struct queue_result *r);

#endif
