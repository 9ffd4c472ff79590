/* subject: the program whose completions are written, and what the shells need to know about its options and verbs. */
#ifndef QPOOL_COMPLETIONS_SUBJECT_H
#define QPOOL_COMPLETIONS_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "cli/verbs.h"

/* A program of verbs, or a program that takes options and then a command, whose own completions apply to the rest. */
struct subject {
	const char *program;
	const struct cli_option *options; /* ended by CLI_END; NULL for a program of verbs */
	const struct cli_program *verbs;  /* NULL for a program that takes a command */
};

/* May options and operands of the verbs be mixed, and the verb be left out? */
bool subject_is_mixed(const struct subject *s);

/* Returns option i of a verb: the options of its table, then --help, then NULL. */
const struct cli_option *subject_verb_option(const struct cli_verb *v, size_t i);

/* The kind of an operand. */
struct subject_operand {
	const char *kind; /* "queue", "file" or "none"; static */
	bool repeats;     /* the last operand, which may be given many times */
};

/* Stores operand i in the usage of a verb. Returns false if the verb has fewer operands. */
bool subject_operand(const struct cli_verb *v, size_t i, struct subject_operand *operand);

#endif
