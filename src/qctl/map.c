/*
 * qctl map: puts each line of standard input as a task, and prints the results in the order of the lines.
 *
 * Invariants: a result is printed as soon as its task and all earlier ones have finished. At most WINDOW tasks were
 * put whose results are not printed yet: so the memory does not grow with the input, and the queue, which keeps only
 * its latest results, does not remove one that is still needed. No input is read while a line that was read cannot be
 * put.
 */
#include "qctl/qctl.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "queue/batch.h"
#include "qctl/answer.h"
#include "qctl/finished.h"
#include "qctl/operands.h"
#include "qctl/putting.h"
#include "qctl/waiting.h"

enum { WINDOW = 1000 };

struct map {
	struct batch *batch; /* lines that were read and are not put yet */
	bool input_ended;
	bool stopped; /* lines that were read are no longer put */
	bool listens_for_space;
	uint64_t ids[WINDOW]; /* a ring: tasks that were put and whose results were not printed */
	size_t first, waited;
	bool failed; /* a job failed */
	bool lost;   /* not all results could be printed */
};

/* -- Lines to tasks ------------------------------------------------------------------------------------------------ */

/* Reads no more input. Tasks that were put are still waited for. */
static void
give_up(struct map *m)
{
	m->lost = m->input_ended = m->stopped = true;
}

/* Takes as many of the lines that were read as the window has free space for. */
static void
take_lines(struct qctl *c, struct map *m)
{
	struct line line;

	if (batch_fill(m->batch, WINDOW - m->waited, &line) != BATCH_LONG)
		return;
	qctl_warn(c, "stdin:%" PRIu64 ": the task is larger than a queue accepts; it and all later lines were not put",
	    line.number);
	give_up(m);
}

static void
read_lines(struct qctl *c, struct map *m)
{
	ssize_t n = batch_read(m->batch, STDIN_FILENO, 0);

	if (n > 0 || (n == -1 && (errno == EINTR || errno == EAGAIN)))
		return;
	if (n == -1) {
		qctl_warn(c, "stdin: %s", strerror(errno));
		m->lost = true;
	}
	batch_end(m->batch);
	m->input_ended = true;
}

/* Puts as many tasks as the queue has free space for. true: some were put, or another try is worthwhile. */
static bool
put(struct qctl *c, struct map *m)
{
	const struct queue_put *tasks;
	uint64_t *ids;
	size_t count, done;
	enum queue_answer answer;

	if (batch_count(m->batch) == 0 && !m->stopped)
		take_lines(c, m);
	count = batch_pending(m->batch, &tasks, &ids);
	if (count == 0)
		return false;
	answer = queue_put(c->queue, tasks, count, ids, &done);
	for (size_t i = 0; i < done; i++)
		m->ids[(m->first + m->waited++) % WINDOW] = ids[i];
	batch_advance(m->batch, done);
	if (answer == QUEUE_CLOSED) {
		qctl_warn(c, "closed; not all lines were put");
		give_up(m);
		batch_discard(m->batch);
	} else if (qctl_answer(c, answer) == QCTL_NO && !m->listens_for_space) {
		/* Once more: space that became free before we listened caused no notification. */
		qctl_listen(c, QUEUE_NOTIFY_SPACE);
		return m->listens_for_space = true;
	}
	return done > 0;
}

/* -- Results ------------------------------------------------------------------------------------------------------- */

/* Prints the next result in order, if its task has finished. */
static bool
print_next(struct qctl *c, struct map *m)
{
	struct queue_result r;
	enum qctl_fetched fetched = m->waited == 0 ? QCTL_PENDING : qctl_fetch(c, m->ids[m->first], &r);

	if (fetched == QCTL_PENDING)
		return false;
	if (fetched == QCTL_FETCHED) {
		m->failed |= qctl_print_result(c, &r) != 0;
		queue_result_free(&r);
	}
	m->failed |= fetched == QCTL_IS_DEAD;
	m->lost |= fetched == QCTL_IS_GONE;
	m->first = (m->first + 1) % WINDOW;
	m->waited--;
	return true;
}

static void
map_all(struct qctl *c, struct map *m)
{
	bool readable, wanted;

	for (;;) {
		bool moved = put(c, m);

		while (print_next(c, m))
			moved = true;
		if (moved)
			continue;
		if (m->input_ended && m->waited == 0 && batch_count(m->batch) == 0)
			return;
		wanted = !m->input_ended && batch_count(m->batch) == 0 && m->waited < WINDOW;
		if (!qctl_wait_finished(c, wanted ? STDIN_FILENO : -1, &readable))
			qctl_fail(
			    c, "timed out; task %" PRIu64 " has not finished", m->waited > 0 ? m->ids[m->first] : 0);
		if (readable)
			read_lines(c, m);
	}
}

static int
run(struct qctl *c)
{
	struct batch_config config = { .most_tasks = WINDOW,
		.delimiter = qctl_delimiter(c),
		.skip_empty = !c->args.null && c->args.delimiter == NULL,
		.task = qctl_task(c, NULL, 0) };
	struct map *m = mem_alloc(sizeof *m);
	int status;

	m->batch = batch_new(&config);
	qctl_listen_finished(c);
	map_all(c, m);
	status = m->lost ? QCTL_OWN : m->failed ? QCTL_JOB_FAILED : QCTL_YES;
	batch_free(m->batch);
	free(m);
	return status;
}

static const struct cli_option options[] = {
	QCTL_TIMEOUT,
	QCTL_NULL,
	QCTL_DELIMITER,
	QCTL_PRIORITY,
	CLI_END,
};

const struct qctl_verb qctl_verb_map = {
	.cli = {
	    .name = "map",
	    .arguments = "queue",
	    .help = "put each line of standard input; print the jobs' output in input order (123: a job failed)",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	    .error_status = QCTL_OWN,
	},
	.run = run,
};
