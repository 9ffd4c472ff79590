/* The table of verbs: what qctl's main() reads, and what the shells' completions are made from. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "qctl/qctl.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(version unknown)"
#endif

#define VERB(name) extern const struct qctl_verb qctl_verb_##name;
#include "qctl/qctl.def"

const struct qctl_verb *const qctl_verbs[] = {
#define VERB(name) &qctl_verb_##name,
#include "qctl/qctl.def"
};

static const struct cli_verb *const cli_verbs[] = {
#define VERB(name) &qctl_verb_##name.cli,
#include "qctl/qctl.def"
};

const struct cli_program qctl_program = {
	.name = "qctl",
	.version = PACKAGE_VERSION,
	.usage = "verb [option ...] queue [argument ...]",
	.about = "Manages a queue of tasks, kept in a directory: any process can put tasks, and\n"
		 "any pool (qpool -Q) or process can take them. Verbs:",
	.exit_statuses = "Exit status: 0 success or yes; 1 no: empty, full or timed out; 2 wrong usage;\n"
			 "3 the queue is closed or the lease is lost; 4 an error. See qctl(1).",
	.verbs = cli_verbs,
	.verb_count = sizeof(cli_verbs) / sizeof(cli_verbs[0]),
	.usage_status = QCTL_USAGE,
	.error_status = QCTL_ERROR,
};
