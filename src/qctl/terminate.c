/* qctl terminate: ends the running jobs and the pools. */
#include "qctl/qctl.h"

#include "qctl/answer.h"

static int
run(struct qctl *c)
{
	return qctl_answer(c, queue_terminate(c->queue));
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_terminate = {
	.cli = {
	    .name = "terminate",
	    .arguments = "queue",
	    .help = "end running jobs and the pools; the tasks become ready again",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.run = run,
};
