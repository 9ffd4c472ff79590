/* qctl join: waits until every task has finished. */
#include "qctl/qctl.h"

#include <inttypes.h>

#include "qctl/answer.h"
#include "qctl/finished.h"

static int
run(struct qctl *c)
{
	struct queue_counts n;
	bool readable;

	qctl_refuse_own_job(c, 0);
	qctl_listen_finished(c);
	for (;;) {
		n = qctl_counts(c);
		if (queue_unfinished(&n) == 0)
			break;
		if (!qctl_wait_finished(c, -1, &readable))
			return QCTL_NO;
	}
	if (n.of[QUEUE_DEAD] > 0)
		qctl_warn(c, "%" PRIu64 " dead; see qctl list --state dead", n.of[QUEUE_DEAD]);
	return QCTL_YES;
}

static const struct cli_option options[] = { QCTL_TIMEOUT, QCTL_NOWAIT, CLI_END };

const struct qctl_verb qctl_verb_join = {
	.cli = {
	    .name = "join",
	    .arguments = "queue",
	    .help = "wait until every task is done, failed or dead",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.only_reads = true,
	.run = run,
};
