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

static const struct qctl_option options[] = { QCTL_TIMEOUT, QCTL_NOWAIT, QCTL_END };

const struct qctl_verb qctl_verb_wait = {
	.name = "wait",
	.arguments = "queue id ...",
	.help = "waits until these tasks are done, failed or dead",
	.options = options,
	.least_words = 1,
	.most_words = SIZE_MAX,
	.run = run,
};
