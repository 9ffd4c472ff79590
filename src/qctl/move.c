/*
 * qctl move: takes the ready tasks of one queue and puts them into another.
 *
 * Invariant: a task is removed from the first queue only after it is safely in the second. Whatever happens in
 * between, it is in both, never in neither. Its key is not moved: a put with a key that is in use would do nothing,
 * and the task would be lost.
 */
#include "qctl/qctl.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "qctl/answer.h"
#include "qctl/putting.h"

enum { MOST_AT_ONCE = 1000 };

static bool
see_priority(void *arg, const struct queue_info *info)
{
	*(int *)arg = info->priority;
	return false;
}

/* As many as the other queue has free space for, so that no task waits here while another process could take it. */
static size_t
at_once(struct qctl *to, uint64_t left)
{
	uint64_t most = left < MOST_AT_ONCE ? left : MOST_AT_ONCE, waiting;
	struct queue_counts n;

	/* Not every kind of queue can count its tasks. */
	if (queue_counts(to->queue, &n) == QUEUE_ERROR || n.most_ready == 0)
		return (size_t)most;
	waiting = n.of[QUEUE_READY] + n.of[QUEUE_DELAYED];
	if (waiting + most <= n.most_ready)
		return (size_t)most;
	return waiting < n.most_ready ? (size_t)(n.most_ready - waiting) : 1;
}

/*
 * Tasks that are put meanwhile stay, or the move might never end. A queue that cannot count is moved until it is
 * empty.
 */
static uint64_t
how_many(struct qctl *from)
{
	struct queue_counts n;

	if (from->args.count != 0)
		return (uint64_t)from->args.count;
	return queue_counts(from->queue, &n) == QUEUE_ERROR ? UINT64_MAX : n.of[QUEUE_READY];
}

/* Returns the exit status; *moved is how many of the tasks were moved. */
static int
move_some(struct qctl *from, struct qctl *to, struct queue_task *tasks, size_t count, size_t *moved)
{
	struct queue_put *puts = mem_resize(NULL, count, sizeof *puts);
	uint64_t *ids = mem_resize(NULL, count, sizeof *ids);
	int status;

	for (size_t i = 0; i < count; i++) {
		puts[i] = (struct queue_put){ .bytes = tasks[i].bytes, .len = tasks[i].len };
		queue_look(from->queue, tasks[i].id, see_priority, &puts[i].priority);
	}
	status = qctl_report_closed(to, qctl_put_all(to, puts, count, ids, moved, NULL));
	if (*moved > 0)
		qctl_answer(from, queue_drop(from->queue, tasks, *moved));
	if (*moved < count)
		qctl_answer(from, queue_release(from->queue, tasks + *moved, count - *moved));
	for (size_t i = 0; i < count; i++)
		queue_task_free(&tasks[i]);
	free(puts);
	free(ids);
	return status;
}

static int
move_all(struct qctl *from, struct qctl *to)
{
	struct queue_task *tasks = mem_resize(NULL, MOST_AT_ONCE, sizeof *tasks);
	uint64_t left = how_many(from), sum = 0;
	size_t count, moved;
	int status = QCTL_YES;

	while (status == QCTL_YES && left > 0) {
		enum queue_answer answer = queue_claim(from->queue, at_once(to, left), tasks, &count);

		if (answer == QUEUE_NO || answer == QUEUE_CLOSED)
			break;
		qctl_answer(from, answer);
		status = move_some(from, to, tasks, count, &moved);
		left -= moved;
		sum += moved;
	}
	free(tasks);
	qctl_print_count(from, sum);
	return status;
}

static int
run(struct qctl *c)
{
	struct queue_patience patience = { 0 };
	struct qctl to = *c;
	struct stat a, b;
	char problem[512];
	int status;

	to.name = c->operands[0];
	if (stat(c->name, &a) == 0 && stat(to.name, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		qctl_usage(c->verb, "both operands are the same queue");
	patience.deadline_mono_ns = c->deadline_mono_ns;
	to.queue = queue_open_patiently(to.name, &patience, problem, sizeof problem);
	if (to.queue == NULL)
		qctl_fail(&to, "%s", problem);
	status = move_all(c, &to);
	queue_free(to.queue);
	return status;
}

static const struct cli_option options[] = {
	CLI_NUMBER("c", "count", "N", struct qctl_args, count, 1, INT64_MAX,
	    "move up to N tasks (default: all that are ready)"),
	QCTL_TIMEOUT,
	QCTL_NOWAIT,
	CLI_END,
};

const struct qctl_verb qctl_verb_move = {
	.cli = {
	    .name = "move",
	    .arguments = "queue other-queue",
	    .help = "move ready tasks to another queue, waiting for free space there; print how many",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = 2,
	},
	.run = run,
};
