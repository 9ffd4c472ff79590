/* qctl apply: puts a task, waits for its result and prints it. */
#include "qctl/qctl.h"

#include <limits.h>
#include <string.h>

#include "qctl/answer.h"
#include "qctl/finished.h"
#include "qctl/putting.h"

static int
run(struct qctl *c)
{
	struct queue_put task = qctl_task(c, c->operands[0], strlen(c->operands[0]));
	struct queue_result r;
	uint64_t id;
	size_t done;
	int status;

	qctl_listen_finished(c);
	status = qctl_report_closed(c, qctl_put_all(c, &task, 1, &id, &done, NULL));
	if (status == QCTL_NO)
		qctl_fail(c, "full; the task was not put");
	if (status != QCTL_YES)
		return QCTL_OWN;
	qctl_await(c, id, &r);
	status = qctl_print_result(c, &r);
	queue_result_free(&r);
	return status;
}

static const struct cli_option options[] = { QCTL_TIMEOUT, QCTL_PRIORITY, CLI_END };

const struct qctl_verb qctl_verb_apply = {
	.cli = {
	    .name = "apply",
	    .arguments = "queue task",
	    .help = "put a task, wait for it, print its job's output, exit with its status (125: an error of qctl)",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = 2,
	    .error_status = QCTL_OWN,
	},
	.run = run,
};
