/* qctl successful: whether a task's job succeeded. */
#include "qctl/qctl.h"

#include <inttypes.h>

#include "qctl/answer.h"
#include "qctl/finished.h"
#include "qctl/operands.h"

static int
run(struct qctl *c)
{
	uint64_t id = qctl_id(c, c->operands[0]);
	int state = qctl_state(c, id, NULL);

	if (state == QCTL_GONE)
		qctl_fail(c, "task %" PRIu64 " has finished, but its result was removed", id);
	return state == QUEUE_DONE ? QCTL_YES : QCTL_NO;
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_successful = {
	.cli = {
	    .name = "successful",
	    .arguments = "queue id",
	    .help = "test whether a task's job succeeded; the exit status is the answer",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = 2,
	},
	.only_reads = true,
	.run = run,
};
