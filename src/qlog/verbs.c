/* The table of verbs: what qlog's main() reads, and what the shells' completions are made from. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "qlog/qlog.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(version unknown)"
#endif

#define VERB(name) extern const struct qlog_verb qlog_verb_##name;
#include "qlog/qlog.def"

const struct qlog_verb *const qlog_verbs[] = {
#define VERB(name) &qlog_verb_##name,
#include "qlog/qlog.def"
};

static const struct cli_verb *const cli_verbs[] = {
#define VERB(name) &qlog_verb_##name.cli,
#include "qlog/qlog.def"
};

const struct cli_program qlog_program = {
	.name = "qlog",
	.version = PACKAGE_VERSION,
	.usage = "[verb] [option ...] file ...",
	.about = "Reads logs of qpool (tsv, jsonl, joblog), joblogs of GNU parallel, .ninja_log\n"
		 "files and traces that qlog wrote; the contents tell the format; - is standard\n"
		 "input. Verbs (default: summary):",
	.exit_statuses = "Exit status: 0 success; 1 a file cannot be read, or output cannot be written;\n"
			 "2 wrong usage, or a file that is not a log. See qlog(1).",
	.verbs = cli_verbs,
	.verb_count = sizeof(cli_verbs) / sizeof(cli_verbs[0]),
	.verb_optional = true,
	.usage_status = QLOG_WRONG,
	.error_status = QLOG_ERROR,
};
