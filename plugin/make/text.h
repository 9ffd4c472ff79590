/*
 * text: the text processing of the functions for make. It needs neither make nor files nor processes, so that a unit
 * test can cover it.
 */
#ifndef QPOOL_PLUGIN_TEXT_H
#define QPOOL_PLUGIN_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "jobserver/auth.h"

/* How a command of $(qpool-shell) ended. */
struct text_job {
	bool known;         /* the log has a record of it */
	bool stopped;       /* interrupted or halted, before it could end by itself */
	unsigned status;    /* in the form of make's .SHELLSTATUS: a signal counts as 128 + its number */
	uint64_t out_bytes; /* length of its standard output */
};

/*
 * Appends the commands of one argument of $(qpool-shell), each with a NUL after it, and returns their number. Each line
 * that is not blank is a command, without the blanks before it; a backslash continues it past the newline. `plain`:
 * SHELL is make's default, so simple commands get an "exec".
 */
size_t text_add_commands(struct buf *b, const char *argument, bool plain);
/*
 * Is the command so simple that make, with its default SHELL, would start the program without a shell? Then the shell
 * must not run a builtin instead, because the two differ: $(shell pwd), and the backslashes of echo and printf.
 */
bool text_runs_alone(const char *command);
/* Is this make's default SHELL, with .SHELLFLAGS that make recognises? */
bool text_is_plain(const char *shell, const char *flags);
/*
 * Appends the output of a command as $(shell) would return it: blanks for newlines, none at the end, LF for CR LF, and
 * nothing from the first NUL on.
 */
void text_fold(struct buf *b, const char *out, size_t len);

/*
 * Appends the arguments of make, each of which has a NUL after it, in the syntax of MAKEFLAGS, for
 * jobserver_auth_parse. The first argument, the name of make, is left out.
 */
void text_add_flags(struct buf *b, const char *args, size_t len);

/* Appends the word, quoted for sh. */
void text_add_quoted(struct buf *b, const char *word);
/*
 * Appends the value of SHELL or .SHELLFLAGS so that sh reads it as make does: as words, which may be quoted; as a
 * single word if it contains characters that sh would expand.
 */
void text_add_words(struct buf *b, const char *words);
/* Can this path be used unquoted in a line of sh and of make? */
bool text_is_harmless(const char *path);
/*
 * Appends text that make prints unchanged as the argument of $(error): on one line, with unbalanced parentheses turned
 * into brackets.
 */
void text_add_message(struct buf *b, const char *text, size_t len);

/* Reads a log of qpool (tsv) of `count` jobs. Returns false if it is not such a log or a line makes no sense. */
bool text_read_log(struct text_job *jobs, size_t count, const char *log, size_t len);

#endif
