/* qlog html: the records as a page. */
#include "qlog.h"

#include "page.h"

static void
run(struct qlog *q)
{
	qlog_output(q, page_write);
}

static const struct qlog_option options[] = { QLOG_OUTPUT, QLOG_TITLE, QLOG_END };

const struct qlog_verb qlog_verb_html = {
	.name = "html",
	.arguments = "file ...",
	.help = "writes one page for a web browser: the jobs by slot, how many at a time, a table",
	.options = options,
	.least_files = 1,
	.most_files = SIZE_MAX,
	.run = run,
};
