/* qctl purge: removes tasks, except running and leased ones. */
#include "qctl/qctl.h"

#include <stdlib.h>

#include "qctl/answer.h"
#include "qctl/operands.h"

static int
run(struct qctl *c)
{
	int state = qctl_state_option(c);
	uint64_t *ids, count;

	if ((state != -1) + c->args.all + (c->operand_count > 0) != 1)
		qctl_usage(c->verb, "purge requires exactly one of --state, --all and ids");
	if (state == QUEUE_RUNNING || state == QUEUE_LEASED)
		qctl_usage(c->verb, "--state: running and held tasks cannot be removed");
	ids = qctl_ids(c);
	qctl_answer(c, queue_purge(c->queue, state, ids, c->operand_count, &count));
	free(ids);
	qctl_print_count(c, count);
	return count < c->operand_count ? QCTL_NO : QCTL_YES;
}

static const struct cli_option options[] = {
	CLI_WORD("", "state", "STATE", QCTL_STATES, struct qctl_args, state, "remove all tasks in STATE"),
	CLI_FLAG("", "all", struct qctl_args, all, "remove all tasks"),
	CLI_END,
};

const struct qctl_verb qctl_verb_purge = {
	.cli = {
	    .name = "purge",
	    .arguments = "queue [id ...]",
	    .help = "remove tasks that are neither running nor held; print how many",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
