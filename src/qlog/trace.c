/* qlog trace: the records as Chrome trace events. */
#include "qlog/qlog.h"

#include "log/trace-events.h"

static void
run(struct qlog *q)
{
	qlog_output(q, trace_events_write);
}

static const struct cli_option options[] = { QLOG_OUTPUT, QLOG_TITLE, CLI_END };

const struct qlog_verb qlog_verb_trace = {
	.cli = {
	    .name = "trace",
	    .arguments = "file ...",
	    .help = "write a trace for Perfetto (ui.perfetto.dev) and speedscope",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
