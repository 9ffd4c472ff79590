/* qctl close: makes the queue accept no more tasks. */
#include "qctl/qctl.h"

#include "qctl/answer.h"

static int
run(struct qctl *c)
{
	return qctl_answer(c, queue_close(c->queue));
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_close = {
	.cli = {
	    .name = "close",
	    .arguments = "queue",
	    .help = "accept no more tasks; readers exit once the queue is drained",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.run = run,
};
