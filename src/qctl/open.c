/* qctl open: makes a closed queue accept tasks again. */
#include "qctl/qctl.h"

#include "qctl/answer.h"

static int
run(struct qctl *c)
{
	return qctl_answer(c, queue_reopen(c->queue));
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_open = {
	.cli = {
	    .name = "open",
	    .arguments = "queue",
	    .help = "accept tasks again after close",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.run = run,
};
