/* subject: the program whose completions are written, and what the shells need to know about its options and verbs. */
#ifndef QPOOL_COMPLETIONS_SUBJECT_H
#define QPOOL_COMPLETIONS_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "cli/verbs.h"

/* Either a program of verbs, or one that takes options and then a command that completes as itself. */
struct subject {
	const char *program;
	const struct cli_option *options; /* ended by CLI_END; NULL for a program of verbs */
	const struct cli_program *verbs;  /* NULL for a program that takes a command */
};

/* Whether options and operands of its verbs may be mixed, and the verb left out. */
bool subject_is_mixed(const struct subject *s);

/* Option i of a verb: those of its table, then --help; then NULL. */
const struct cli_option *subject_verb_option(const struct cli_verb *v, size_t i);

/* What an operand is. */
struct subject_operand {
	const char *kind; /* "queue", "file" or "none"; static */
	bool repeats;     /* it is the last one, and may be given many times */
};

/* Operand i in the usage of a verb. false: it has fewer. */
bool subject_operand(const struct cli_verb *v, size_t i, struct subject_operand *operand);

#endif
