/*
 * qctl: the types that the verbs of qctl share. Each verb is a file of its own with a struct qctl_verb qctl_verb_NAME.
 * To add a verb, copy a file such as size.c and add a line to qctl.def.
 */
#ifndef QPOOL_QCTL_H
#define QPOOL_QCTL_H

#include <limits.h>
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
	QCTL_CLOSED = 3, /* the queue is closed, or the lease is lost */
	QCTL_ERROR = 4,
	QCTL_JOB_FAILED = 123, /* map: a job failed; the same status as xargs(1) */
	QCTL_OWN = 125,        /* an error of a verb that otherwise exits with the status of a job */
};

/* The options of all verbs. Each verb has a few of them. */
struct qctl_args {
	bool force, null, quiet, nowait, lease, json, all, record;
	const char *delimiter, *key, *state, *error, *sync;
	int64_t timeout_ns; /* -1: none */
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
/* The words that --state accepts: queue_state_name() of each state. */
#define QCTL_STATES "ready|delayed|running|held|done|failed|dead"

/* The verb that is running. */
struct qctl {
	const struct qctl_verb *verb;
	struct qctl_args args;
	const char *name;      /* name of the queue, as the user wrote it */
	struct queue *queue;   /* open; NULL for a verb that creates it */
	char *const *operands; /* operands after the queue; borrowed from argv */
	size_t operand_count;
	int64_t deadline_mono_ns; /* from -t or -n; -1: none, the same value as QUEUE_DEFAULT_WAIT */
	uint64_t terminated;      /* number of terminations of the queue when the wait began */
	bool pipe_ignored;        /* SIGPIPE was ignored when qctl started */
	int64_t deadlock_mono_ns; /* since when the wait has looked like a deadlock; 0: it does not */
};

struct qctl_verb {
	struct cli_verb cli;        /* the operands include the queue */
	bool creates;               /* the queue need not exist; main() does not open it */
	bool only_reads;            /* the verb works even while the queue cannot be changed */
	int (*run)(struct qctl *c); /* returns the exit status */
};

/* All verbs, in the order of --help. */
extern const struct qctl_verb *const qctl_verbs[];
extern const struct cli_program qctl_program;

#endif
