/*
 * verbs: the command line of a program of verbs, such as qctl and qlog:
 *
 *     PROGRAM [VERB] [OPTION ...] OPERAND ...
 *
 * Each verb is one entry, struct cli_verb; the program's table of them, struct cli_program, is all that the reader,
 * --help and the completions of the shells need.
 */
#ifndef QPOOL_CLI_VERBS_H
#define QPOOL_CLI_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "cli/option.h"

struct cli_verb {
	const char *name;
	const char *arguments;            /* the operands, as usage shows them: "queue [task ...]" */
	const char *help;                 /* an imperative phrase */
	const struct cli_option *options; /* ended by CLI_END; every verb also has -h and --help */
	size_t least_operands, most_operands;
	int error_status; /* exit status for wrong usage and the verb's other errors; 0: those of the program */
};

struct cli_program {
	const char *name;
	const char *version;
	const char *usage;         /* what follows the program's name in the usage line */
	const char *about;         /* --help: the paragraph before the verbs */
	const char *exit_statuses; /* --help: the paragraph after them */
	const struct cli_verb *const *verbs;
	size_t verb_count;
	/* The first verb is the default, and options may follow operands. Otherwise the first word is a verb. */
	bool verb_optional;
	int usage_status; /* exit status for wrong usage */
	int error_status; /* exit status if --help cannot be written */
};

/* -h and --help, which the reader adds to the options of each verb. */
extern const struct cli_option cli_help_option;

/* A command line that was read. */
struct cli_line {
	size_t verb;     /* index in the program's verbs */
	bool verb_named; /* false: the default verb */
	char **operands; /* borrowed from argv */
	size_t operand_count;
	struct buf text; /* to print, if it is not CLI_RUN: help, or what is wrong; ends in NUL; buf_free it */
	int status;      /* to exit with after printing the text */
};

enum cli_result {
	CLI_RUN,   /* run the verb */
	CLI_PRINT, /* print the text on standard output and exit: --help or --version */
	CLI_WRONG, /* print the text as an error and exit */
};

/* Reads a command line, and sets the verb's options in *args, the program's struct of options. */
enum cli_result cli_read(const struct cli_program *p, int argc, char **argv, void *args, struct cli_line *l);
/* The same for a main(): returns if a verb is to run; otherwise prints the text and exits. */
void cli_read_or_exit(const struct cli_program *p, int argc, char **argv, void *args, struct cli_line *l);

#endif
