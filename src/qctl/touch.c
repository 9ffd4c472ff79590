/* qctl touch: extends leases. */
#include "qctl/qctl.h"

#include "qctl/operands.h"

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

static const struct cli_option options[] = {
	CLI_SECONDS("", "lease", struct qctl_args, lease_ns, "new lease time (default: 300)"),
	CLI_END,
};

const struct qctl_verb qctl_verb_touch = {
	.cli = {
	    .name = "touch",
	    .arguments = "queue id:lease ...",
	    .help = "extend leases, counting from now",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
