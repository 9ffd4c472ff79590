/* qctl ready: is a task over, so that its result is ready? */
#include "qctl/qctl.h"

static int
run(struct qctl *c)
{
	return qctl_is_over(qctl_state(c, qctl_id(c, c->words[0]), NULL)) ? QCTL_YES : QCTL_NO;
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_ready = {
	.name = "ready",
	.arguments = "queue id",
	.help = "is that task over? says it by its exit status",
	.options = options,
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
