/* qctl wait: waits until tasks are over. */
#include "qctl/qctl.h"

static int
run(struct qctl *c)
{
	bool readable;

	/* What is wrong with a later one is told at once. */
	for (size_t i = 0; i < c->word_count; i++)
		qctl_refuse_own(c, qctl_id(c, c->words[i]));
	for (size_t i = 0; i < c->word_count; i++)
		qctl_state(c, qctl_id(c, c->words[i]), NULL);
	qctl_hear_over(c);
	for (size_t i = 0; i < c->word_count; i++)
		while (!qctl_is_over(qctl_state(c, qctl_id(c, c->words[i]), NULL)))
			if (!qctl_wait_over(c, -1, &readable))
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
	.run = run,
};
