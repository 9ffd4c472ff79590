/* qctl wait: waits until tasks have finished. */
#include "qctl/qctl.h"

#include "qctl/finished.h"
#include "qctl/operands.h"

static int
run(struct qctl *c)
{
	bool readable;

	/* First check all ids, so that a wrong one is reported at once. */
	for (size_t i = 0; i < c->operand_count; i++)
		qctl_refuse_own_job(c, qctl_id(c, c->operands[i]));
	for (size_t i = 0; i < c->operand_count; i++)
		qctl_state(c, qctl_id(c, c->operands[i]), NULL);
	qctl_listen_finished(c);
	for (size_t i = 0; i < c->operand_count; i++)
		while (!qctl_is_finished(qctl_state(c, qctl_id(c, c->operands[i]), NULL)))
			if (!qctl_wait_finished(c, -1, &readable))
				return QCTL_NO;
	return QCTL_YES;
}

static const struct cli_option options[] = { QCTL_TIMEOUT, QCTL_NOWAIT, CLI_END };

const struct qctl_verb qctl_verb_wait = {
	.cli = {
	    .name = "wait",
	    .arguments = "queue id ...",
	    .help = "wait until these tasks are done, failed or dead",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = SIZE_MAX,
	},
	.only_reads = true,
	.run = run,
};
