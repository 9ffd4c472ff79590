/* qctl retry: makes dead and failed tasks ready again. */
#include "qctl/qctl.h"

#include <stdlib.h>

#include "qctl/answer.h"
#include "qctl/operands.h"

static int
run(struct qctl *c)
{
	uint64_t *ids = qctl_ids(c), count;

	qctl_answer(c, queue_retry(c->queue, ids, c->operand_count, &count));
	free(ids);
	qctl_print_count(c, count);
	return count < c->operand_count ? QCTL_NO : QCTL_YES;
}

static const struct cli_option options[] = { CLI_END };

const struct qctl_verb qctl_verb_retry = {
	.cli = {
	    .name = "retry",
	    .arguments = "queue [id ...]",
	    .help = "make all dead tasks, or named dead or failed ones, ready again; print how many",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
