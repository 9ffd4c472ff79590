/* qctl successful: was a task's job done well? */
#include "qctl/qctl.h"

#include <inttypes.h>

static int
run(struct qctl *c)
{
	uint64_t id = qctl_id(c, c->words[0]);
	int state = qctl_state(c, id, NULL);

	if (state == QCTL_GONE)
		qctl_fail(c, "task %" PRIu64 " is over, and its result is not kept", id);
	return state == QUEUE_DONE ? QCTL_YES : QCTL_NO;
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_successful = {
	.name = "successful",
	.arguments = "queue id",
	.help = "is that task over, and was its job's status 0? says it by its exit status",
	.options = options,
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
