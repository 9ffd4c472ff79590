/* qctl ready: whether a task has finished, so that its result is ready. */
#include "qctl/qctl.h"

#include "qctl/finished.h"
#include "qctl/operands.h"

static int
run(struct qctl *c)
{
	return qctl_is_finished(qctl_state(c, qctl_id(c, c->operands[0]), NULL)) ? QCTL_YES : QCTL_NO;
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_ready = {
	.cli = {
	    .name = "ready",
	    .arguments = "queue id",
	    .help = "test whether a task has finished; the exit status is the answer",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = 2,
	},
	.only_reads = true,
	.run = run,
};
