/*
 * qctl: the program. main() reads the command line, opens the queue and runs the verb.
 *
 * Invariant: wrong usage ends the program, with one line on standard error, before the queue is opened.
 */
#include "qctl/qctl.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "cli/message.h"
#include "sys/os.h"
#include "qctl/answer.h"

/* Takes the queue's name and the other operands from the command line. */
static void
set_operands(struct qctl *c, const struct cli_line *line)
{
	c->verb = qctl_verbs[line->verb];
	c->name = line->operands[0];
	c->operands = line->operands + 1;
	c->operand_count = line->operand_count - 1;
	if (*c->name == '\0')
		qctl_usage(c->verb, "the queue's name is empty; see qctl %s --help", c->verb->cli.name);
}

static void
set_deadline(struct qctl *c)
{
	if (c->args.nowait)
		c->args.timeout_ns = 0;
	if (c->args.timeout_ns >= 0)
		c->deadline_mono_ns = clock_mono_ns() + c->args.timeout_ns;
}

static void
open_queue(struct qctl *c)
{
	struct queue_patience patience = { .deadline_mono_ns = c->deadline_mono_ns, .only_reads = c->verb->only_reads };
	char problem[512];

	c->queue = queue_open_patiently(c->name, &patience, problem, sizeof problem);
	if (c->queue == NULL)
		qctl_fail(c, "%s", problem);
}

int
main(int argc, char **argv)
{
	struct qctl c = { .args = { .timeout_ns = -1,
			      .lease_ns = 300 * NS_PER_S,
			      .interval_ns = NS_PER_S,
			      .max_attempts = 5,
			      .keep_tasks = 10000 },
		.deadline_mono_ns = -1 };
	struct cli_line line;
	int status;

	if (os_guard_standard() == -1)
		_exit(QCTL_ERROR);
	cli_read_or_exit(&qctl_program, argc, argv, &c.args, &line);
	/* write(2) reports these as errors instead, so that a task that was taken can be put back. */
	c.pipe_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	signal(SIGXFSZ, SIG_IGN);
	set_operands(&c, &line);
	set_deadline(&c);
	if (!c.verb->creates)
		open_queue(&c);
	status = c.verb->run(&c);
	if (status == QCTL_NO && c.queue != NULL && queue_reason(c.queue) != NULL)
		qctl_warn(&c, "%s", queue_reason(c.queue));
	if (c.queue != NULL)
		queue_free(c.queue);
	return status;
}
