/* qctl open: undoes close. */
#include "qctl/qctl.h"

static int
run(struct qctl *c)
{
	return qctl_answer(c, queue_reopen(c->queue));
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_open = {
	.name = "open",
	.arguments = "queue",
	.help = "undoes close",
	.options = options,
	.run = run,
};
