/*
 * verbs: the command line of a program of verbs, such as qctl and qlog:
 *
 *     PROGRAM [VERB] [OPTION ...] OPERAND ...
 *
 * Each verb is one struct cli_verb. The struct cli_program, which lists the verbs, is all that the command-line reader,
 * --help and the shell completions need.
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
	const char *usage;         /* text after the program's name in the usage line */
	const char *about;         /* --help: the paragraph before the verbs */
	const char *exit_statuses; /* --help: the paragraph after them */
	const struct cli_verb *const *verbs;
	size_t verb_count;
	/*
	 * If true, the first verb is the default and options may follow operands; otherwise the first word must be a
	 * verb.
	 */
	bool verb_optional;
	int usage_status; /* exit status for wrong usage */
	int error_status; /* exit status if --help cannot be written */
};

/* -h and --help, which the reader adds to the options of each verb. */
extern const struct cli_option cli_help_option;

/* The result of reading a command line. */
struct cli_line {
	size_t verb;     /* index in the program's verbs */
	bool verb_named; /* false: the default verb */
	char **operands; /* borrowed from argv */
	size_t operand_count;
	struct buf text; /* CLI_PRINT and CLI_WRONG: text to print, with a NUL; buf_free it */
	int status;      /* exit status after the text was printed */
};

enum cli_result {
	CLI_RUN,   /* run the verb */
	CLI_PRINT, /* print the text on standard output and exit: --help or --version */
	CLI_WRONG, /* print the text as an error and exit */
};

/* Reads a command line into *l, and sets the verb's options in *args, the program's struct of options. */
enum cli_result cli_read(const struct cli_program *p, int argc, char **argv, void *args, struct cli_line *l);
/* Calls cli_read for a main(). Returns if a verb must run; otherwise prints the text and exits. */
void cli_read_or_exit(const struct cli_program *p, int argc, char **argv, void *args, struct cli_line *l);

#endif
