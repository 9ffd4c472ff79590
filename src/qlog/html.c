/* qlog html: the records as an HTML page. */
#include "qlog/qlog.h"

#include "log/page.h"

static void
run(struct qlog *q)
{
	qlog_output(q, page_write);
}

static const struct cli_option options[] = { QLOG_OUTPUT, QLOG_TITLE, CLI_END };

const struct qlog_verb qlog_verb_html = {
	.cli = {
	    .name = "html",
	    .arguments = "file ...",
	    .help = "write a page for a web browser: a chart of the slots and a table",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
