/*
 * text: the text processing of the functions for make. This module uses no make, files or processes, so a unit test can
 * cover all of it.
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
 * Appends the commands of one argument of $(qpool-shell), each followed by a NUL, and returns their number. Each line
 * that is not blank is a command; leading blanks are removed, and a backslash before the newline continues the command
 * on the next line. With `plain`, SHELL is make's default, and a simple command gets an "exec" in front.
 */
size_t text_add_commands(struct buf *b, const char *argument, bool plain);
/*
 * Would make, with its default SHELL, start this simple command without a shell? If so, our shell must not run a
 * builtin of the same name, because program and builtin can differ, for example pwd, and echo with backslashes.
 */
bool text_runs_alone(const char *command);
/* Is this make's default SHELL, with .SHELLFLAGS that make recognises? */
bool text_is_plain(const char *shell, const char *flags);
/*
 * Appends the output of a command as $(shell) would return it: CR LF counts as a newline, each newline becomes a blank,
 * newlines at the end are removed, and the text ends before the first NUL.
 */
void text_fold(struct buf *b, const char *out, size_t len);

/*
 * Appends the arguments of make in the syntax of MAKEFLAGS, for jobserver_auth_parse. `args` has a NUL after each
 * argument. The first argument, the name of make, is left out.
 */
void text_add_flags(struct buf *b, const char *args, size_t len);

/* Appends the word, quoted for sh. */
void text_add_quoted(struct buf *b, const char *word);
/*
 * Appends the value of SHELL or .SHELLFLAGS in a form that sh reads as make does: normally as words, which may be
 * quoted; a value with characters that sh would expand becomes a single quoted word.
 */
void text_add_words(struct buf *b, const char *words);
/* Can this path be used unquoted in a line of sh and of make? */
bool text_is_harmless(const char *path);
/*
 * Appends text that make prints unchanged as the argument of $(error): on one line, with unbalanced parentheses turned
 * into brackets.
 */
void text_add_message(struct buf *b, const char *text, size_t len);

/* Reads a log of qpool (tsv) that has `count` jobs. Returns false if the log has another format or an invalid line. */
bool text_read_log(struct text_job *jobs, size_t count, const char *log, size_t len);

#endif
