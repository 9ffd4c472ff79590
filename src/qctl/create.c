/* qctl create: creates a queue. */
#include "qctl/qctl.h"

#include <string.h>

#include "base/clock.h"
#include "qctl/answer.h"

static int
run(struct qctl *c)
{
	const struct qctl_args *a = &c->args;
	struct queue_config config = { .most_ready = (uint64_t)a->most_ready,
		.max_attempts = (unsigned)a->max_attempts,
		.keep_tasks = (uint64_t)a->keep_tasks,
		.keep_ns = a->keep_ns,
		.sync_full = a->sync != NULL && strcmp(a->sync, "full") == 0 };
	char problem[512];

	if (queue_create(c->name, &config, a->force, problem, sizeof problem) != QUEUE_YES)
		qctl_fail(c, "%s", problem);
	return QCTL_YES;
}

static const struct cli_option options[] = {
	CLI_FLAG("f", "force", struct qctl_args, force, "succeed if the queue exists and has the same options"),
	CLI_NUMBER("m", "max", "MAX", struct qctl_args, most_ready, 0, INT64_MAX,
	    "allow at most MAX ready and delayed tasks; 0 means unlimited (default: 0)"),
	CLI_NUMBER("a", "max-attempts", "N", struct qctl_args, max_attempts, 1, 1000000,
	    "attempts before a task becomes dead (default: 5)"),
	CLI_NUMBER("k", "keep", "N", struct qctl_args, keep_tasks, 0, INT64_MAX,
	    "keep the results of the last N finished tasks (default: 10000)"),
	CLI_SECONDS("", "keep-for", struct qctl_args, keep_ns, "remove results after SECONDS (default: keep them)"),
	CLI_WORD("", "sync", "full|put", "full|put", struct qctl_args, sync,
	    "what survives a power failure: all changes, or the tasks that were put (default: put)"),
	CLI_END,
};

const struct qctl_verb qctl_verb_create = {
	.cli = {
	    .name = "create",
	    .arguments = "queue",
	    .help = "create a queue, which is a directory",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.creates = true,
	.run = run,
};
