/* qctl: what its verbs share. Each verb is one file, qctl-VERB.c, with one struct qctl_verb, qctl_verb_VERB; qctl.c has the table of them. */
#ifndef QPOOL_QCTL_H
#define QPOOL_QCTL_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/verbs.h"
#include "queue/queue.h"

/* Exit statuses (qctl(1), EXIT STATUS). */
enum {
	QCTL_YES = 0,
	QCTL_NO = 1,
	QCTL_USAGE = 2,
	QCTL_CLOSED = 3, /* closed, or the lease is lost */
	QCTL_ERROR = 4,
	QCTL_JOB_FAILED = 123, /* map: as xargs(1) has it */
	QCTL_OWN = 125,        /* its own error, of a verb that exits with a job's status */
};

/* What the options of all verbs set; each has its own few. */
struct qctl_args {
	bool again;  /* -f */
	bool null;   /* -0 */
	bool quiet;  /* -q */
	bool nowait; /* -n */
	bool hold, json, all, record;
	const char *delimiter; /* -d */
	const char *key, *state, *error, *sync;
	int64_t timeout_ns; /* -t; -1: none */
	int64_t after_ns, lease_ns, keep_ns, interval_ns;
	long long count; /* 0: not given */
	long long priority, most_ready, max_attempts, keep_tasks;
};

/* Options that several verbs have. */
#define QCTL_TIMEOUT CLI_SECONDS("t", "timeout", struct qctl_args, timeout_ns, "time limit of the wait (default: none)")
#define QCTL_NOWAIT CLI_FLAG("n", "nowait", struct qctl_args, nowait, "do not wait")
#define QCTL_NULL CLI_FLAG("0", "null", struct qctl_args, null, "end each task with NUL instead of a newline")
#define QCTL_DELIMITER                                                                                                 \
	CLI_TEXT("d", "delimiter", "BYTE", "", struct qctl_args, delimiter,                                            \
	    "byte that ends each task on standard input (default: newline)")
#define QCTL_PRIORITY                                                                                                  \
	CLI_NUMBER("p", "priority", "N", struct qctl_args, priority, INT_MIN, INT_MAX,                                 \
	    "start before tasks of lower priority (default: 0)")
/* The values of --state: queue_state_name() of each state. */
#define QCTL_STATES "ready|delayed|running|held|done|failed|dead"

/* A verb at work. */
struct qctl {
	const struct qctl_verb *verb;
	struct qctl_args args;
	const char *name;    /* of the queue, as it was given */
	struct queue *queue; /* open, unless the verb makes it; NULL then */
	char *const *words;  /* behind the queue's name */
	size_t word_count;
	int64_t deadline_mono_ns; /* of -t and -n; -1: none */
	uint64_t terminated;      /* how often the queue was, when we began to wait */
	int64_t stuck_mono_ns;    /* since when each job of the queue seems to wait for another; 0: not so */
};

struct qctl_verb {
	struct cli_verb cli;
	bool creates;               /* the queue need not exist; main() does not open it */
	int (*run)(struct qctl *c); /* returns the exit status */
};

/* All verbs, in the order of --help. */
extern const struct qctl_verb *const qctl_verbs[];
extern const struct cli_program qctl_program;

/* qctl-common.c: what several verbs do. */

/* Says "qctl: ..." of wrong usage and exits. */
void qctl_usage(const struct qctl_verb *v, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* Says "qctl: QUEUE: ..."; the second exits with the status of the verb's own errors. */
void qctl_warn(struct qctl *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void qctl_fail(struct qctl *c, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* The exit status that an answer is worth; of QUEUE_ERROR it says the queue's problem and exits. */
int qctl_answer(struct qctl *c, enum queue_answer answer);
/* All counts, or it ends. */
struct queue_counts qctl_counts(struct qctl *c);
/* A task's number. A word that is none ends it with QCTL_USAGE. */
uint64_t qctl_id(struct qctl *c, const char *word);
/* Does it with each ID:TOKEN of the words. The exit status; each lease that is lost is told. */
int qctl_each_lease(struct qctl *c, enum queue_answer (*change)(struct qctl *c, uint64_t id, uint64_t token));
/* Waits for what is listened to, or the deadline: false. */
bool qctl_wait(struct qctl *c);
/* The same, or until fd (-1: none) can be read. */
bool qctl_wait_for(struct qctl *c, int fd, bool *readable);
/*
 * Called before each wait: are we in a job of this queue, and does every slot of its pools wait as we do, so that what we wait for cannot come? One that is
 * about to go on is still taken for waiting: so it must have been so for a while.
 */
bool qctl_is_stuck(struct qctl *c);
/* Listens, or ends. */
void qctl_listen(struct qctl *c, unsigned kinds);
/* All of what was printed is out, or the verb ends with its own error. */
void qctl_flush(struct qctl *c);
/* The byte behind each line: of -0 or -d, else newline. */
char qctl_delimiter(struct qctl *c);
/* Ids of all words, to free(3); a word that is none ends it. */
uint64_t *qctl_ids(struct qctl *c);
/* --state; -1: not given. */
int qctl_state_option(struct qctl *c);
/* Prints a number, flushed. */
void qctl_print_count(struct qctl *c, uint64_t n);
/* From here on INT, TERM and HUP end no wait but by this: the signal, or 0. */
extern volatile sig_atomic_t qctl_signal;
void qctl_catch_signals(void);
/* The task of these bytes and the verb's options. */
struct queue_put qctl_task(const struct qctl *c, const char *bytes, size_t len);
/*
 * Puts them all, waiting for room, or for a signal that is caught; `told` (NULL: nobody) hears of ids that are safe. How many in *done. The exit status.
 */
int qctl_put_all(struct qctl *c, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done,
    void (*told)(struct qctl *c, const uint64_t *ids, size_t count));
/* Says that the queue is closed if the status is that, which it returns. */
int qctl_say_closed(struct qctl *c, int status);
/* QPOOL_TASK_ID when this process is of a job of this very queue, else 0. */
uint64_t qctl_inside(struct qctl *c);

/* qctl-over.c: waiting for tasks to be over, and their results. */

/* What is known of a task that has no row any more: it is over. Beside enum queue_state. */
enum { QCTL_GONE = QUEUE_STATES };
enum qctl_fetched { QCTL_PENDING, QCTL_FETCHED, QCTL_IS_DEAD, QCTL_IS_GONE };

/* What is over is heard from here on: to be called before the first look. */
void qctl_hear_over(struct qctl *c);
/* Waits to look again, or for fd (-1: none) to be read; false: the deadline. When the queue was terminated it says so and ends. */
bool qctl_wait_over(struct qctl *c, int fd, bool *readable);
/* Says so and ends if we are in the job of that task (0: of any). */
void qctl_refuse_own(struct qctl *c, uint64_t id);
/* enum queue_state or QCTL_GONE; `error` (NULL: not wanted) is what the last attempt said. Of a task that was never put it says so and ends. */
int qctl_state(struct qctl *c, uint64_t id, struct buf *error);
bool qctl_is_over(int state);
/* The result; when the task is over without one, that is said in one line. Only what is fetched is to be freed. */
enum qctl_fetched qctl_fetch(struct qctl *c, uint64_t id, struct queue_result *r);
/* Waits for the result, or says why there is none and ends. */
void qctl_await(struct qctl *c, uint64_t id, struct queue_result *r);
/* Prints what the job printed; the exit status it is worth. */
int qctl_print_result(struct qctl *c, struct queue_result *r);

#endif
