/*
 * qctl get: takes tasks and prints them.
 *
 * Invariants: a task is removed only after it was written and flushed. If that fails, or this process dies first, the
 * task is ready again. Nothing is written while a transaction is open.
 */
#include "qctl/qctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/message.h"
#include "qctl/answer.h"
#include "qctl/operands.h"
#include "qctl/waiting.h"

enum { MOST_AT_ONCE = 1000 };

static enum queue_answer
take(struct qctl *c, size_t most, struct queue_task *tasks, size_t *count)
{
	if (c->args.lease)
		return queue_lease(c->queue, c->args.lease_ns, most, tasks, count);
	return queue_claim(c->queue, most, tasks, count);
}

/* 0; else errno. */
static int
print(struct qctl *c, const struct queue_task *tasks, size_t count)
{
	char end = qctl_delimiter(c);

	for (size_t i = 0; i < count; i++) {
		if (c->args.lease)
			printf("%" PRIu64 ":%" PRIu64 "\t", tasks[i].id, tasks[i].lease_id);
		fwrite(tasks[i].bytes, 1, tasks[i].len, stdout);
		putchar(end);
	}
	return fflush(stdout) == EOF || ferror(stdout) ? (errno != 0 ? errno : EIO) : 0;
}

static void
give_up(struct qctl *c, const struct queue_task *tasks, size_t count, int why)
{
	for (size_t i = 0; c->args.lease && i < count; i++)
		queue_fail(c->queue, tasks[i].id, tasks[i].lease_id, "qctl get could not write it");
	if (!c->args.lease)
		queue_release(c->queue, tasks, count);
	qctl_fail(c, "stdout: %s; tasks that were not completely written are in the queue again", strerror(why));
}

static int
run(struct qctl *c)
{
	long long left = c->args.count != 0 ? c->args.count : 1;
	size_t most = left < MOST_AT_ONCE ? (size_t)left : MOST_AT_ONCE, count;
	struct queue_task *tasks = mem_resize(NULL, most, sizeof *tasks);
	enum queue_answer answer = QUEUE_NO;
	bool listening = false, any = false;
	int why;

	while (left > 0) {
		answer = take(c, left < (long long)most ? (size_t)left : most, tasks, &count);
		if (answer == QUEUE_NO && !any) {
			if (c->deadline_mono_ns != -1 && clock_mono_ns() >= c->deadline_mono_ns)
				break;
			/* Nobody was notified of tasks put before we listened. */
			if (listening && !qctl_wait(c))
				break;
			if (!listening)
				qctl_listen(c, QUEUE_NOTIFY_TASKS | QUEUE_NOTIFY_STATE);
			listening = true;
			continue;
		}
		if (answer != QUEUE_YES)
			break;
		why = print(c, tasks, count);
		if (why != 0)
			give_up(c, tasks, count, why);
		if (!c->args.lease)
			qctl_answer(c, queue_drop(c->queue, tasks, count));
		for (size_t i = 0; i < count; i++)
			queue_task_free(&tasks[i]);
		left -= (long long)count;
		any = true;
	}
	free(tasks);
	if (answer == QUEUE_ERROR || !any)
		return qctl_answer(c, answer);
	return QCTL_YES;
}

static const struct cli_option options[] = {
	QCTL_TIMEOUT,
	QCTL_NOWAIT,
	CLI_NUMBER("c", "count", "N", struct qctl_args, count, 1, INT64_MAX,
	    "take up to N tasks that are ready, at least one (default: 1)"),
	QCTL_NULL,
	CLI_FLAG(
	    "", "hold", struct qctl_args, lease, "print ID:LEASE and a tab before each task, for done, fail and touch"),
	CLI_SECONDS("", "lease", struct qctl_args, lease_ns,
	    "with --hold: time after which the task is ready again (default: 300)"),
	CLI_END,
};

const struct qctl_verb qctl_verb_get = {
	.cli = {
	    .name = "get",
	    .arguments = "queue",
	    .help = "take a task and print it; wait until one is ready",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.run = run,
};
