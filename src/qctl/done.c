/* qctl done: ends leases: their tasks are done and gone. */
#include "qctl/qctl.h"

static enum queue_answer
change(struct qctl *c, uint64_t id, uint64_t lease_id)
{
	return queue_done(c->queue, id, lease_id);
}

static int
run(struct qctl *c)
{
	return qctl_each_lease(c, change);
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_done = {
	.name = "done",
	.arguments = "queue id:token ...",
	.help = "the tasks that these leases hold are done",
	.options = options,
	.least_words = 1,
	.most_words = SIZE_MAX,
	.run = run,
};
