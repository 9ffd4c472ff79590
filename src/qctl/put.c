/*
 * qctl put: puts tasks, from the command line or from the lines of standard input.
 *
 * Invariant: an id is printed only after its task is safely in the queue.
 */
#include "qctl/qctl.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/message.h"
#include "queue/batch.h"
#include "qctl/answer.h"
#include "qctl/operands.h"
#include "qctl/putting.h"

enum {
	BATCH_TASKS = 1000, /* at most, in one transaction */
	BATCH_MS = 50,      /* a task waits no longer for others to share its transaction */
};

static void
print_ids(struct qctl *c, const uint64_t *ids, size_t count)
{
	if (c->args.quiet)
		return;
	for (size_t i = 0; i < count; i++)
		if (ids[i] != 0)
			printf("%" PRIu64 "\n", ids[i]);
	/* Not silently, even if the reader is gone: the rest of the input is not put. */
	if (fflush(stdout) == EOF || ferror(stdout))
		qctl_fail(c, "stdout: %s", strerror(errno));
}

static int
put_words(struct qctl *c)
{
	struct queue_put *tasks = mem_resize(NULL, c->operand_count, sizeof *tasks);
	uint64_t *ids = mem_resize(NULL, c->operand_count, sizeof *ids);
	size_t done;
	int status;

	for (size_t i = 0; i < c->operand_count; i++)
		tasks[i] = qctl_task(c, c->operands[i], strlen(c->operands[i]));
	status = qctl_report_closed(c, qctl_put_all(c, tasks, c->operand_count, ids, &done, print_ids));
	free(tasks);
	free(ids);
	return status;
}

static int
put_batch(struct qctl *c, struct batch *b)
{
	const struct queue_put *tasks;
	uint64_t *ids;
	size_t count = batch_pending(b, &tasks, &ids), done;
	int status;

	if (count == 0)
		return QCTL_YES;
	status = qctl_report_closed(c, qctl_put_all(c, tasks, count, ids, &done, print_ids));
	batch_discard(b);
	return status;
}

/* Puts the lines that were read, except those that may still become a larger batch. */
static int
take_lines(struct qctl *c, struct batch *b)
{
	enum batch_state state;
	struct line line;
	int status = QCTL_YES;

	while (status == QCTL_YES && (state = batch_fill(b, SIZE_MAX, &line)) != BATCH_NEEDS_INPUT) {
		status = put_batch(c, b);
		if (state == BATCH_LONG)
			message_errx(QCTL_ERROR,
			    "stdin:%" PRIu64 ": the task has %zu bytes, more than a queue accepts; put it into a file, "
			    "and the file's name into the queue",
			    line.number, line.len);
	}
	return status;
}

/* Whether to wait for more input before the batch is put. */
static bool
more_in_time(const struct batch *b)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t since = batch_since_mono_ns(b), left_ns = since + BATCH_MS * NS_PER_MS - clock_mono_ns();

	if (since == 0)
		return true;
	return left_ns > 0 && poll(&in, 1, (int)(left_ns / NS_PER_MS)) != 0;
}

static int
put_lines(struct qctl *c)
{
	struct batch_config config = { .most_tasks = BATCH_TASKS,
		.delimiter = qctl_delimiter(c),
		.skip_empty = !c->args.null && c->args.delimiter == NULL,
		.task = qctl_task(c, NULL, 0) };
	struct batch *b = batch_new(&config);
	ssize_t n;
	int status = QCTL_YES, why;

	while (status == QCTL_YES && !batch_ended(b)) {
		if (!more_in_time(b)) {
			status = put_batch(c, b);
			continue;
		}
		n = batch_read(b, STDIN_FILENO, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			why = errno;
			put_batch(c, b);
			message_errc(QCTL_ERROR, why, "stdin");
		}
		if (n == 0)
			batch_end(b);
		status = take_lines(c, b);
	}
	if (status == QCTL_YES)
		status = put_batch(c, b);
	batch_free(b);
	return status;
}

static int
run(struct qctl *c)
{
	if (c->args.key != NULL && c->operand_count != 1)
		message_errx(QCTL_USAGE, "--key requires exactly one task");
	if (c->args.key != NULL && c->args.key[0] == '\0')
		message_errx(QCTL_USAGE, "--key: must not be empty");
	return c->operand_count > 0 ? put_words(c) : put_lines(c);
}

static const struct cli_option options[] = {
	QCTL_TIMEOUT,
	QCTL_NOWAIT,
	CLI_FLAG("q", "quiet", struct qctl_args, quiet, "do not print the ids"),
	QCTL_NULL,
	QCTL_DELIMITER,
	QCTL_PRIORITY,
	CLI_SECONDS(
	    "", "after", struct qctl_args, after_ns, "start the task no earlier than SECONDS from now (default: 0)"),
	CLI_TEXT("", "key", "KEY", "", struct qctl_args, key, "do nothing if an unfinished task has the same key"),
	CLI_END,
};

const struct qctl_verb qctl_verb_put = {
	.cli = {
	    .name = "put",
	    .arguments = "queue [task ...]",
	    .help = "put tasks, or each line of standard input; print their ids",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
