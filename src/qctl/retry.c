/* qctl retry: makes dead and failed tasks ready again. */
#include "qctl/qctl.h"

#include <inttypes.h>
#include <stdlib.h>

#include "qctl/answer.h"
#include "qctl/operands.h"

struct retried {
	struct qctl *qctl;
	bool some_unchanged;
};

static void
report_unchanged(void *arg, uint64_t id, const char *why)
{
	struct retried *r = arg;

	r->some_unchanged = true;
	qctl_warn(r->qctl, "task %" PRIu64 " was not made ready: %s", id, why);
}

static int
run(struct qctl *c)
{
	struct retried r = { .qctl = c };
	uint64_t *ids = qctl_ids(c), count;

	qctl_answer(c, queue_retry(c->queue, ids, c->operand_count, &count, report_unchanged, &r));
	free(ids);
	qctl_print_count(c, count);
	return r.some_unchanged ? QCTL_NO : QCTL_YES;
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
