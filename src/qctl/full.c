/* qctl full: whether the queue has no free space. */
#include "qctl/qctl.h"

#include "qctl/answer.h"

static int
run(struct qctl *c)
{
	struct queue_counts n = qctl_counts(c);

	return n.most_ready != 0 && n.of[QUEUE_READY] + n.of[QUEUE_DELAYED] >= n.most_ready ? QCTL_YES : QCTL_NO;
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_full = {
	.cli = {
	    .name = "full",
	    .arguments = "queue",
	    .help = "test whether the queue is full; the exit status is the answer",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.only_reads = true,
	.run = run,
};
