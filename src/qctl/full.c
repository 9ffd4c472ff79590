/* qctl full: is there no room? */
#include "qctl/qctl.h"

static int
run(struct qctl *c)
{
	struct queue_counts n = qctl_counts(c);

	return n.most_ready != 0 && n.of[QUEUE_READY] + n.of[QUEUE_DELAYED] >= n.most_ready ? QCTL_YES : QCTL_NO;
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_full = {
	.name = "full",
	.arguments = "queue",
	.help = "is there no room? says it by its exit status",
	.options = options,
	.run = run,
};
