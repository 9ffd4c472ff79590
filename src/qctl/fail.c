/* qctl fail: ends leases: their tasks are to be tried again. */
#include "qctl/qctl.h"

static enum queue_answer
change(struct qctl *c, uint64_t id, uint64_t lease_id)
{
	return queue_fail(c->queue, id, lease_id, c->args.error);
}

static int
run(struct qctl *c)
{
	return qctl_each_lease(c, change);
}

static const struct qctl_option options[] = {
	{ 'e', "error", "TEXT", "keep this with the task, for list to show", QCTL_TEXT, offsetof(struct qctl_args, error), 0, 0 },
	QCTL_END,
};

const struct qctl_verb qctl_verb_fail = {
	.name = "fail",
	.arguments = "queue id:token ...",
	.help = "an attempt at the tasks that these leases hold failed; they are ready again, or dead",
	.options = options,
	.least_words = 1,
	.most_words = SIZE_MAX,
	.run = run,
};
