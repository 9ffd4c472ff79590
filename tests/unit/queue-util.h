/*
 * queue-util: what the tests of queues share: backends that make queues in a scratch directory, and short forms of
 * operations and checks.
 */
#ifndef QUEUE_UTIL_H
#define QUEUE_UTIL_H

#include <limits.h>

#include "queue/queue.h"

enum { MOST = 16 }; /* tasks of claim_all */

/* A backend to test. */
struct backend {
	const char *name;
	bool keeps; /* its tasks, with results */
	struct queue *(*make)(const struct queue_config *config);
};

extern const struct backend memory, directory, named_pipe;
/* Three attempts; keeps all results. */
extern const struct queue_config usual;
/* Of the last queue that was made; the test may change it. */
extern char last_path[PATH_MAX + 32];

/* Makes the scratch directory, in $TMPDIR. false: it could not. */
bool scratch_begin(void);
/* Removes it. */
void scratch_end(void);

struct queue *make_directory(const struct queue_config *config);
struct queue *make_pipe(const struct queue_config *config);
/* Opens the last queue once more. */
struct queue *open_again(void);

/* A task with this text. */
struct queue_put a_put(const char *text);
/* Puts one task. Its id; 0: it was not put. */
uint64_t put_it(struct queue *q, struct queue_put p);
uint64_t put_text(struct queue *q, const char *text);
/* Puts `count` tasks of `len` bytes. Whether all were put. */
bool put_many(struct queue *q, size_t count, size_t len);

void free_tasks(struct queue_task *tasks, size_t count);
/* Claims all tasks, at most MOST. Their texts, each followed by a blank; static. */
const char *claim_all(struct queue *q, struct queue_task *tasks, size_t *count);
/* Takes all tasks. Whether they are `wanted`, as claim_all returns them. */
bool drains(struct queue *q, const char *wanted);
/* Claims and begins a task, and does not finish it. Its id; 0: none. */
uint64_t begin_one(struct queue *q);
/* Finishes a task, with a record and that output. */
enum queue_answer finish_as(struct queue *q, uint64_t id, enum outcome outcome, int wstatus, const char *out);
/* Leases and fails all tasks until they are dead. The number of leases. */
unsigned fail_to_death(struct queue *q, const char *error);

/* A queue_list_fn that counts the tasks in each state; arg: uint64_t[QUEUE_STATES]. */
bool recount(void *arg, const struct queue_info *info);
/*
 * Whether the queue has that number of tasks in each state: by its counts, by a list of all, and by a list of each
 * state.
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

/* A copy of what queue_look returns of a task. */
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
/* A file of `len` bytes, all `fill`, without a name. The caller closes it. */
int a_file(size_t len, char fill);
/* Whether the file has that length and ends in `fill`. */
bool file_has(int fd, off_t len, char fill);

#endif
