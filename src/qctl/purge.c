/* qctl purge: removes tasks, unless they are running or held. */
#include "qctl/qctl.h"

#include <stdlib.h>

static int
run(struct qctl *c)
{
	int state = qctl_state_option(c);
	uint64_t *ids, count;

	if ((state != -1) + c->args.all + (c->word_count > 0) != 1)
		qctl_usage(c->verb, "which tasks? --state, --all or ids, and one of these only");
	if (state == QUEUE_RUNNING || state == QUEUE_LEASED)
		qctl_usage(c->verb, "tasks that are running or held cannot be purged");
	ids = qctl_ids(c);
	qctl_answer(c, queue_purge(c->queue, state, ids, c->word_count, &count));
	free(ids);
	qctl_print_count(c, count);
	return count < c->word_count ? QCTL_NO : QCTL_YES;
}

static const struct qctl_option options[] = {
	{ 0, "state", "STATE", "all tasks of that state", QCTL_TEXT, offsetof(struct qctl_args, state), 0, 0 },
	{ 0, "all", "", "all tasks", QCTL_FLAG, offsetof(struct qctl_args, all), 0, 0 },
	QCTL_END,
};

const struct qctl_verb qctl_verb_purge = {
	.name = "purge",
	.arguments = "queue [id ...]",
	.help = "removes tasks that are neither running nor held; prints how many (1: some named were not removed)",
	.options = options,
	.most_words = SIZE_MAX,
	.run = run,
};
