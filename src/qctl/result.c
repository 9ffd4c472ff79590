/* qctl result: prints the output of a task's job, and exits with its status. */
#include "qctl/qctl.h"

#include <stdio.h>

#include "qctl/answer.h"
#include "qctl/finished.h"
#include "qctl/operands.h"

static int
run(struct qctl *c)
{
	uint64_t id = qctl_id(c, c->operands[0]);
	struct queue_result r;
	int status = QCTL_YES;

	qctl_refuse_own_job(c, id);
	qctl_listen_finished(c);
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

static const struct cli_option options[] = {
	QCTL_TIMEOUT,
	QCTL_NOWAIT,
	CLI_FLAG("", "record", struct qctl_args, record,
	    "print the job's record (qpool-record(5)) instead, and exit with 0"),
	CLI_END,
};

const struct qctl_verb qctl_verb_result = {
	.cli = {
	    .name = "result",
	    .arguments = "queue id",
	    .help = "wait for a task, print its job's output, exit with its status (125: an error of qctl)",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = 2,
	    .error_status = QCTL_OWN,
	},
	.only_reads = true,
	.run = run,
};
