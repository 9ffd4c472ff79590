/* help: what --help prints for a program of verbs. */
#ifndef QPOOL_CLI_HELP_H
#define QPOOL_CLI_HELP_H

#include "base/buf.h"
#include "cli/verbs.h"

/* Each appends text to *b. Lines end in a newline, except the usage. */
void cli_help_add_usage(struct buf *b, const struct cli_program *p, const struct cli_verb *v);
void cli_help_add_verb(struct buf *b, const struct cli_program *p, const struct cli_verb *v);
void cli_help_add_program(struct buf *b, const struct cli_program *p);

#endif
