/* qctl fail: ends leases; their tasks are ready again, or dead. */
#include "qctl/qctl.h"

#include "qctl/operands.h"

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

static const struct cli_option options[] = {
	CLI_TEXT("e", "error", "TEXT", "", struct qctl_args, error, "store TEXT with the task, for list"),
	CLI_END,
};

const struct qctl_verb qctl_verb_fail = {
	.cli = {
	    .name = "fail",
	    .arguments = "queue id:lease ...",
	    .help = "report a failed attempt at leased tasks; they become ready again, or dead",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
