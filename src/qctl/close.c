/* qctl close: no more can be put. */
#include "qctl/qctl.h"

static int
run(struct qctl *c)
{
	return qctl_answer(c, queue_close(c->queue));
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_close = {
	.name = "close",
	.arguments = "queue",
	.help = "no more can be put; who waits for tasks ends when all are done",
	.options = options,
	.run = run,
};
