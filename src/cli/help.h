/* help: the text that --help prints for a program of verbs. */
#ifndef QPOOL_CLI_HELP_H
#define QPOOL_CLI_HELP_H

#include "base/buf.h"
#include "cli/verbs.h"

/*
 * Each function appends text to *b: the usage line of a verb, without a newline; the help of a verb; the help of a
 * program.
 */
void cli_help_add_usage(struct buf *b, const struct cli_program *p, const struct cli_verb *v);
void cli_help_add_verb(struct buf *b, const struct cli_program *p, const struct cli_verb *v);
void cli_help_add_program(struct buf *b, const struct cli_program *p);

#endif
