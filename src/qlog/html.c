/* qlog html: the records as a page. */
#include "qlog/qlog.h"

#include "log/page.h"

static void
run(struct qlog *q)
{
	qlog_output(q, page_write);
}

static const struct qlog_option options[] = { QLOG_OUTPUT, QLOG_TITLE, QLOG_END };

const struct qlog_verb qlog_verb_html = {
	.name = "html",
	.arguments = "file ...",
	.help = "writes a page for a web browser: a chart of the slots, a table",
	.options = options,
	.least_files = 1,
	.most_files = SIZE_MAX,
	.run = run,
};
