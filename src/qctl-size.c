/* qctl size: how many tasks are ready. */
#include "qctl.h"

#include <inttypes.h>
#include <stdio.h>

static int
run(struct qctl *c)
{
	struct queue_counts n = qctl_counts(c);

	printf("%" PRIu64 "\n", n.of[QUEUE_READY]);
	qctl_flush(c);
	return QCTL_YES;
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_size = {
	.name = "size",
	.arguments = "queue",
	.help = "prints how many tasks are ready",
	.options = options,
	.run = run,
};
