/* qctl retry: dead and failed tasks are ready again. */
#include "qctl/qctl.h"

#include <stdlib.h>

static int
run(struct qctl *c)
{
	uint64_t *ids = qctl_ids(c), count;

	qctl_answer(c, queue_retry(c->queue, ids, c->word_count, &count));
	free(ids);
	qctl_print_count(c, count);
	return count < c->word_count ? QCTL_NO : QCTL_YES;
}

static const struct qctl_option options[] = { QCTL_END };

const struct qctl_verb qctl_verb_retry = {
	.name = "retry",
	.arguments = "queue [id ...]",
	.help = "makes all dead tasks ready again, or those named, dead or failed; prints how many (1: some named were neither)",
	.options = options,
	.most_words = SIZE_MAX,
	.run = run,
};
