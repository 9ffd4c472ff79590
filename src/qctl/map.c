/*
 * qctl map: puts each line of stdin as a task, and prints the results in the order of the lines.
 *
 * Invariants: a result is printed as soon as it and all before it are over. Of what was put at most WINDOW results are not printed yet, so that the
 * memory needed does not grow with the input, and none that is waited for is one of the oldest that a queue keeps. No more is read while a line that
 * was read cannot be put.
 */
#include "qctl/qctl.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lines.h"
#include "base/mem.h"

enum { WINDOW = 1000, READ_SIZE = 64 << 10, PART_BYTES = 1 << 20, LONGEST_TASK = 512 << 20 };

struct map {
	struct lines lines;
	bool input_over, stopped;       /* stopped: what was read and not put is not put any more */
	bool hears_room;
	struct buf bytes;               /* of the lines to be put next */
	struct queue_put tasks[WINDOW]; /* those lines */
	size_t at[WINDOW];              /* of each in bytes */
	size_t next, count;             /* tasks[next] to tasks[count - 1] are still to be put */
	uint64_t ids[WINDOW];           /* a ring: put, not printed */
	size_t first, waited;
	bool failed;                    /* a job has */
	bool lost;                      /* an error of ours: not all results were printed */
};

/* -- Lines to tasks ------------------------------------------------------------------------------------------------ */

/* No more is read: what was put is still waited for. */
static void
give_up(struct map *m)
{
	m->lost = m->input_over = m->stopped = true;
}

/* Takes as many of the lines that were read as there is room in the window. */
static void
take_lines(struct qctl *c, struct map *m)
{
	struct line line;
	enum lines_result got;

	m->next = m->count = m->bytes.len = 0;
	while (m->count < WINDOW - m->waited && m->bytes.len < PART_BYTES && (got = lines_next(&m->lines, &line)) != LINES_NONE) {
		if (got == LINES_LONG) {
			qctl_warn(c, "stdin:%" PRIu64 ": the task is larger than a queue keeps; it and what is behind it was not put", line.number);
			give_up(m);
			break;
		}
		m->at[m->count] = m->bytes.len;
		m->tasks[m->count++] = qctl_task(c, NULL, line.len);
		buf_add(&m->bytes, line.text, line.len);
	}
	for (size_t i = 0; i < m->count; i++)
		m->tasks[i].bytes = m->bytes.data + m->at[i];
}

static void
read_lines(struct qctl *c, struct map *m)
{
	ssize_t n = read(STDIN_FILENO, lines_space(&m->lines, READ_SIZE), READ_SIZE);

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n == -1) {
		qctl_warn(c, "stdin: %s", strerror(errno));
		m->lost = true;
	}
	if (n > 0)
		lines_fed(&m->lines, (size_t)n);
	else
		lines_end(&m->lines);
	m->input_over = n <= 0;
}

/* Puts what there is room for. true: some, or it is worth another try. */
static bool
put(struct qctl *c, struct map *m)
{
	uint64_t ids[WINDOW];
	size_t done = 0;
	enum queue_answer answer;

	if (m->next == m->count && !m->stopped)
		take_lines(c, m);
	if (m->next == m->count)
		return false;
	answer = queue_put(c->queue, m->tasks + m->next, m->count - m->next, ids, &done);
	for (size_t i = 0; i < done; i++)
		m->ids[(m->first + m->waited++) % WINDOW] = ids[i];
	m->next += done;
	if (answer == QUEUE_CLOSED) {
		qctl_warn(c, "is closed; not all lines were put");
		give_up(m);
		m->next = m->count;
	} else if (qctl_answer(c, answer) == QCTL_NO && !m->hears_room) {
		/* Again: what became free before we listened was rung for nobody. */
		qctl_listen(c, QUEUE_NOTIFY_SPACE);
		return m->hears_room = true;
	}
	return done > 0;
}

/* -- Results ------------------------------------------------------------------------------------------------------- */

/* Prints the next in order if it is over. */
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
		if (m->input_over && m->waited == 0 && m->next == m->count)
			return;
		wanted = !m->input_over && m->next == m->count && m->waited < WINDOW;
		if (!qctl_wait_over(c, wanted ? STDIN_FILENO : -1, &readable))
			qctl_fail(c, "not all is over in time: task %" PRIu64 " is the first that is not", m->waited > 0 ? m->ids[m->first] : 0);
		if (readable)
			read_lines(c, m);
	}
}

static int
run(struct qctl *c)
{
	struct map *m = mem_alloc(sizeof *m);
	int status;

	lines_init(&m->lines, qctl_delimiter(c), !c->args.null && c->args.delimiter == NULL, LONGEST_TASK);
	qctl_hear_over(c);
	map_all(c, m);
	status = m->lost ? QCTL_OWN : m->failed ? QCTL_JOB_FAILED : QCTL_YES;
	lines_free(&m->lines);
	buf_free(&m->bytes);
	free(m);
	return status;
}

static const struct qctl_option options[] = {
	QCTL_TIMEOUT,
	QCTL_NULL,
	{ 'd', "delimiter", "BYTE", "this byte ends each task of stdin", QCTL_TEXT, offsetof(struct qctl_args, delimiter), 0, 0 },
	{ 'p', "priority", "N", "go before tasks of a lower one (0)", QCTL_NUMBER, offsetof(struct qctl_args, priority), INT_MIN, INT_MAX },
	QCTL_END,
};

const struct qctl_verb qctl_verb_map = {
	.name = "map",
	.arguments = "queue",
	.help = "puts each line of stdin, prints what the jobs printed in the same order (123: some failed, 125: an error of its own)",
	.options = options,
	.own_error = QCTL_OWN,
	.run = run,
};
