/*
 * option: the options of a command line. A table of struct cli_option defines the options that exist; --help and the
 * shell completions are generated from the same table.
 */
#ifndef QPOOL_CLI_OPTION_H
#define QPOOL_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* How a value is checked, and the type of the field that it sets. */
enum cli_kind {
	CLI_KIND_FLAG,    /* bool; takes no value */
	CLI_KIND_NUMBER,  /* long long, from `least` to `most` */
	CLI_KIND_SECONDS, /* int64_t, in nanoseconds */
	CLI_KIND_WORD,    /* const char *, one of `values` */
	CLI_KIND_TEXT,    /* const char * */
};

struct cli_option {
	const char *letters;  /* all short forms; "" if it has only the long one */
	const char *name;     /* the long form, without the dashes; NULL ends a table */
	const char *argument; /* the value's name in --help; "" for a flag; "[=NAME]" if the value is optional */
	const char *values;   /* for completions: "file", "queue", the possible words ("a|b|c"), or "" */
	const char *help;     /* an imperative or noun phrase, with unit and default in parentheses */
	/* For cli_option_set; a program that sets its options in another way leaves these zero. */
	enum cli_kind kind;
	size_t offset;         /* of the field in the program's struct of options */
	long long least, most; /* CLI_KIND_NUMBER */
};

/* Entries of a table: `type` is the program's struct of options, `field` the member that the option sets. */
#define CLI_FLAG(letters, name, type, field, help)                                                                     \
	{                                                                                                              \
		letters, name, "", "", help, CLI_KIND_FLAG, offsetof(type, field), 0, 0                                \
	}
#define CLI_NUMBER(letters, name, argument, type, field, least, most, help)                                            \
	{                                                                                                              \
		letters, name, argument, "", help, CLI_KIND_NUMBER, offsetof(type, field), least, most                 \
	}
#define CLI_SECONDS(letters, name, type, field, help)                                                                  \
	{                                                                                                              \
		letters, name, "SECONDS", "", help, CLI_KIND_SECONDS, offsetof(type, field), 0, 0                      \
	}
#define CLI_WORD(letters, name, argument, words, type, field, help)                                                    \
	{                                                                                                              \
		letters, name, argument, words, help, CLI_KIND_WORD, offsetof(type, field), 0, 0                       \
	}
#define CLI_TEXT(letters, name, argument, values, type, field, help)                                                   \
	{                                                                                                              \
		letters, name, argument, values, help, CLI_KIND_TEXT, offsetof(type, field), 0, 0                      \
	}
#define CLI_END                                                                                                        \
	{                                                                                                              \
		NULL, NULL, NULL, NULL, NULL, CLI_KIND_FLAG, 0, 0, 0                                                   \
	}

/* An option as the user wrote it. */
struct cli_given {
	const struct cli_option *option;
	char name[64];     /* "-j" or "--jobs" */
	const char *value; /* borrowed from argv; NULL if it has none */
};

bool cli_option_takes_value(const struct cli_option *o);
bool cli_option_value_is_optional(const struct cli_option *o);
/* Returns the number of entries before CLI_END. */
size_t cli_option_count(const struct cli_option *table);

/* Reads the options of an argv with getopt_long(3), whose global state allows one scan at a time. */
struct cli_scan;

/*
 * Begins a scan of argv[1] to argv[argc - 1]. With `anywhere`, options may follow operands, and argv is permuted;
 * otherwise the first operand ends the options. The table and argv are borrowed. The caller frees the scan with
 * cli_scan_free.
 */
struct cli_scan *cli_scan_new(const struct cli_option *table, size_t count, int argc, char **argv, bool anywhere);
/*
 * Reads the next option. Returns 1 and stores it in *given; 0 if only operands are left; or -1 if an option is unknown
 * or ambiguous, or its value is missing or not allowed. With -1, "OPTION: what is wrong" is appended to *problem.
 */
int cli_scan_next(struct cli_scan *s, struct cli_given *given, struct buf *problem);
/* Returns the index in argv of the first operand, once cli_scan_next has returned 0. */
int cli_scan_operands(const struct cli_scan *s);
void cli_scan_free(struct cli_scan *s);

/*
 * Checks the value and stores it in the option's field of *args. Returns 0, or -1 after appending to *problem why the
 * value is invalid.
 */
int cli_option_set(const struct cli_given *given, void *args, struct buf *problem);
/* Appends "OPTION: must be FORMAT, not 'VALUE'", with the value's control characters escaped. */
void cli_option_must_be(struct buf *problem, const struct cli_given *given, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
