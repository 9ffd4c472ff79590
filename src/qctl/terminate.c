/* qctl terminate: ends what runs, and the pools. */
#include "qctl/qctl.h"

static int
run(struct qctl *c)
{
	return qctl_answer(c, queue_terminate(c->queue));
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_terminate = {
	.name = "terminate",
	.arguments = "queue",
	.help = "ends what runs, and its pools; the tasks are ready again",
	.options = options,
	.run = run,
};
