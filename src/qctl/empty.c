/* qctl empty: is no task ready? */
#include "qctl/qctl.h"

static int
run(struct qctl *c)
{
	return qctl_answer(c, queue_empty(c->queue));
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_empty = {
	.name = "empty",
	.arguments = "queue",
	.help = "is no task ready? says it by its exit status",
	.options = options,
	.run = run,
};
