/* qctl size: prints the number of ready tasks. */
#include "qctl/qctl.h"

#include "qctl/answer.h"

static int
run(struct qctl *c)
{
	qctl_print_count(c, qctl_counts(c).of[QUEUE_READY]);
	return QCTL_YES;
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_size = {
	.cli = {
	    .name = "size",
	    .arguments = "queue",
	    .help = "print the number of ready tasks",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.only_reads = true,
	.run = run,
};
