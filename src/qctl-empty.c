/* qctl empty: is no task ready? */
#include "qctl.h"

static int
run(struct qctl *c)
{
	return qctl_counts(c).of[QUEUE_READY] == 0 ? QCTL_YES : QCTL_NO;
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_empty = {
	.name = "empty",
	.arguments = "queue",
	.help = "is no task ready? says it by its exit status",
	.options = options,
	.run = run,
};
