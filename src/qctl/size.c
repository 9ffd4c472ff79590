/* qctl size: how many tasks are ready. */
#include "qctl/qctl.h"

static int
run(struct qctl *c)
{
	qctl_print_count(c, qctl_counts(c).of[QUEUE_READY]);
	return QCTL_YES;
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_size = {
	.name = "size",
	.arguments = "queue",
	.help = "prints how many tasks are ready",
	.options = options,
	.run = run,
};
