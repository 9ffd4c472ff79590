/* qctl empty: whether no task is ready. */
#include "qctl/qctl.h"

#include "qctl/answer.h"

static int
run(struct qctl *c)
{
	return qctl_answer(c, queue_empty(c->queue));
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_empty = {
	.cli = {
	    .name = "empty",
	    .arguments = "queue",
	    .help = "test whether no task is ready; the exit status is the answer",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.only_reads = true,
	.run = run,
};
