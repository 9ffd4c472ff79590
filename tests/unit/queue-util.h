/*
 * queue-util: the functions that the tests of queues share: backends that make queues in a scratch directory, and short
 * forms of operations and checks.
 */
#ifndef QUEUE_UTIL_H
#define QUEUE_UTIL_H

#include <limits.h>

#include "queue/queue.h"

enum { MOST = 16 }; /* limit of the tasks that claim_all claims */

/* A backend to test. */
struct backend {
	const char *name;
	bool keeps; /* it stores tasks and results */
	struct queue *(*make)(const struct queue_config *config);
};

extern const struct backend memory, directory, named_pipe;
/* A configuration with three attempts that keeps all results. */
extern const struct queue_config usual;
/* The path of the last queue that was made. A test may change it. */
extern char last_path[PATH_MAX + 32];

/* Makes the scratch directory in $TMPDIR. Returns false on failure. */
bool scratch_begin(void);
/* Removes the scratch directory. */
void scratch_end(void);

struct queue *make_directory(const struct queue_config *config);
struct queue *make_pipe(const struct queue_config *config);
/* Opens the last queue again. */
struct queue *open_again(void);

/* Returns a task with this text. */
struct queue_put a_put(const char *text);
/* Puts one task. Returns its id, or 0 if the task was not put. */
uint64_t put_it(struct queue *q, struct queue_put p);
uint64_t put_text(struct queue *q, const char *text);
/* Puts `count` tasks of `len` bytes. Returns true if all were put. */
bool put_many(struct queue *q, size_t count, size_t len);

void free_tasks(struct queue_task *tasks, size_t count);
/* Claims all tasks, at most MOST. Returns their texts, each followed by a blank, in static memory. */
const char *claim_all(struct queue *q, struct queue_task *tasks, size_t *count);
/* Takes all tasks. Returns true if their texts, in the form of claim_all, equal `wanted`. */
bool drains(struct queue *q, const char *wanted);
/* Claims and begins a task, and does not finish it. Returns its id, or 0 if no task was ready. */
uint64_t begin_one(struct queue *q);
/* Finishes a task with a record and with `out` as its output. */
enum queue_answer finish_as(struct queue *q, uint64_t id, enum outcome outcome, int wstatus, const char *out);
/* Leases and fails all tasks until they are dead. Returns the number of leases. */
unsigned fail_to_death(struct queue *q, const char *error);

/* A queue_list_fn that counts the tasks in each state. `arg` is a uint64_t[QUEUE_STATES]. */
bool recount(void *arg, const struct queue_info *info);
/*
 * Does the queue have the wanted number of tasks in each state, according to its counts, a list of all tasks, and a
 * list of each state?
 */
bool has(struct queue *q, struct queue_counts wanted);

#define HAS(q, ...) has(q, (struct queue_counts){ .of = { __VA_ARGS__ } })
#define READY(n) [QUEUE_READY] = (n)
#define DELAYED(n) [QUEUE_DELAYED] = (n)
#define RUNNING(n) [QUEUE_RUNNING] = (n)
#define LEASED(n) [QUEUE_LEASED] = (n)
#define DONE(n) [QUEUE_DONE] = (n)
#define FAILED(n) [QUEUE_FAILED] = (n)
#define DEAD(n) [QUEUE_DEAD] = (n)

/* A copy of the information that queue_look reports about a task. */
struct seen {
	bool any;
	enum queue_state state;
	unsigned attempts;
	char error[64], bytes[64], key[64];
	int priority;
	pid_t pid;
};

struct seen see(struct queue *q, uint64_t id);

bool buf_is(const struct buf *b, const char *text);
/* Returns an unnamed file of `len` bytes, all of them `fill`. The caller closes it. */
int a_file(size_t len, char fill);
/* Does the file have that length, and end in `fill`? */
bool file_has(int fd, off_t len, char fill);

#endif
