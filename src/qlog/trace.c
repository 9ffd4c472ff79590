/* qlog trace: the records as Chrome trace events. */
#include "qlog/qlog.h"

#include "log/trace-events.h"

static void
run(struct qlog *q)
{
	qlog_output(q, trace_events_write);
}

static const struct qlog_option options[] = { QLOG_OUTPUT, QLOG_TITLE, QLOG_END };

const struct qlog_verb qlog_verb_trace = {
	.name = "trace",
	.arguments = "file ...",
	.help = "writes a trace for Perfetto (ui.perfetto.dev) and speedscope",
	.options = options,
	.least_files = 1,
	.most_files = SIZE_MAX,
	.run = run,
};
