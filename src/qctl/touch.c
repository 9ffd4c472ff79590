/* qctl touch: makes leases longer. */
#include "qctl/qctl.h"

static enum queue_answer
change(struct qctl *c, uint64_t id, uint64_t lease_id)
{
	return queue_touch(c->queue, id, lease_id, c->args.lease_ns);
}

static int
run(struct qctl *c)
{
	return qctl_each_lease(c, change);
}

static const struct qctl_option options[] = {
	{ 0, "lease", "SECONDS", "to so long (300)", QCTL_SECONDS, offsetof(struct qctl_args, lease_ns), 0, 0 },
	QCTL_END,
};

const struct qctl_verb qctl_verb_touch = {
	.name = "touch",
	.arguments = "queue id:token ...",
	.help = "these leases are made longer, from now on",
	.options = options,
	.least_words = 1,
	.most_words = SIZE_MAX,
	.run = run,
};
