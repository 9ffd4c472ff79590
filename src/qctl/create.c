/* qctl create: makes a queue. */
#include "qctl/qctl.h"

#include <err.h>
#include <string.h>

#include "base/clock.h"

static int
run(struct qctl *c)
{
	const struct qctl_args *a = &c->args;
	struct queue_config config = { .most_ready = (uint64_t)a->most_ready, .max_attempts = (unsigned)a->max_attempts, .keep_tasks = (uint64_t)a->keep_tasks,
		.keep_ns = a->keep_ns, .sync_full = a->sync != NULL && strcmp(a->sync, "full") == 0 };
	char problem[512];

	if (a->sync != NULL && !config.sync_full && strcmp(a->sync, "put") != 0)
		errx(QCTL_USAGE, "--sync: neither full nor put; see qctl create --help");
	if (queue_create(c->name, &config, a->again, problem, sizeof problem) != QUEUE_YES)
		qctl_fail(c, "%s", problem);
	return QCTL_YES;
}

static const struct qctl_option options[] = {
	{ 'f', "force", "", "let it be, if it is a queue of the same options", QCTL_FLAG, offsetof(struct qctl_args, again), 0, 0 },
	{ 'm', "max", "MAX", "have room for so many tasks that wait; 0: any number", QCTL_NUMBER, offsetof(struct qctl_args, most_ready), 0, INT64_MAX },
	{ 'a', "max-attempts", "N", "give a task up after so many attempts (5)", QCTL_NUMBER, offsetof(struct qctl_args, max_attempts), 1, 1000000 },
	{ 'k', "keep", "N", "keep the results of the last N tasks (10000)", QCTL_NUMBER, offsetof(struct qctl_args, keep_tasks), 0, INT64_MAX },
	{ 0, "keep-for", "SECONDS", "and no longer than that", QCTL_SECONDS, offsetof(struct qctl_args, keep_ns), 0, 0 },
	{ 0, "sync", "full|put", "what a power cut may not undo: all, or what was put (put)", QCTL_TEXT, offsetof(struct qctl_args, sync), 0, 0 },
	QCTL_END,
};

const struct qctl_verb qctl_verb_create = {
	.name = "create",
	.arguments = "queue",
	.help = "makes a queue, a directory of that name",
	.options = options,
	.makes = true,
	.run = run,
};
