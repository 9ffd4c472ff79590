/* qctl result: what a task's job printed, and its exit status. */
#include "qctl/qctl.h"

#include <stdio.h>

static int
run(struct qctl *c)
{
	uint64_t id = qctl_id(c, c->words[0]);
	struct queue_result r;
	int status = QCTL_YES;

	qctl_refuse_own(c, id);
	qctl_hear_over(c);
	qctl_await(c, id, &r);
	if (c->args.record) {
		fwrite(r.record.data, 1, r.record.len, stdout);
		if (r.record.len > 0 && r.record.data[r.record.len - 1] != '\n')
			putchar('\n');
		qctl_flush(c);
	} else
		status = qctl_print_result(c, &r);
	queue_result_free(&r);
	return status;
}

static const struct qctl_option options[] = {
	QCTL_TIMEOUT,
	QCTL_NOWAIT,
	{ 0, "record", "", "print its line of a log (qpool-record(5)) instead, and exit 0", QCTL_FLAG, offsetof(struct qctl_args, record), 0, 0 },
	QCTL_END,
};

const struct qctl_verb qctl_verb_result = {
	.name = "result",
	.arguments = "queue id",
	.help = "waits for a task, prints what its job printed, exits as it did (125: an error of its own)",
	.options = options,
	.least_words = 1,
	.most_words = 1,
	.own_error = QCTL_OWN,
	.run = run,
};
