/* qctl done: ends leases; their tasks are done and are removed. */
#include "qctl/qctl.h"

#include "qctl/operands.h"

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

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_done = {
	.cli = {
	    .name = "done",
	    .arguments = "queue id:lease ...",
	    .help = "mark leased tasks as done",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
