/* text: what the functions for make do to text. It knows nothing of make, files and processes, so that it is tested alone. */
#ifndef QPOOL_PLUGIN_TEXT_H
#define QPOOL_PLUGIN_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "jobserver/auth.h"

/* How a command ended. */
struct text_job {
	bool known;         /* there is a record of it */
	bool stopped;       /* it was broken off */
	unsigned status;    /* as make's .SHELLSTATUS has it: 128 and the signal's number */
	uint64_t out_bytes; /* of standard output */
};

/*
 * Appends the commands of one argument of $(qpool-shell), a NUL behind each, and returns how many there were: each line that is not blank, without the
 * blanks before it. A backslash takes the newline behind it into the command. `plain` says that SHELL is make's own.
 */
size_t text_add_commands(struct buf *b, const char *argument, bool plain);
/*
 * Is it so simple that make with its own SHELL starts the program itself? The shell must then not take a builtin for it: they differ ($(shell pwd), and
 * what echo and printf make of a backslash).
 */
bool text_runs_alone(const char *command);
/* Is this make's own SHELL, with flags that make knows? */
bool text_is_plain(const char *shell, const char *flags);
/* Appends what $(shell) makes of the output of a command: blanks for newlines, none at the end, nothing from a NUL on, LF for CR LF. */
void text_fold(struct buf *b, const char *out, size_t len);

/* Appends make's arguments, a NUL behind each, in the manner of MAKEFLAGS, for jobserver_auth_parse. The first one, its name, is left out. */
void text_add_flags(struct buf *b, const char *args, size_t len);

/* Appends one word of sh. */
void text_add_quoted(struct buf *b, const char *word);
/* Appends the value of SHELL or .SHELLFLAGS for sh to read as make does: words, maybe quoted; one word if it has characters that sh would do more with. */
void text_add_words(struct buf *b, const char *words);
/* May this path stand unquoted in a line of sh and of make? */
bool text_is_harmless(const char *path);
/* Appends text that make prints as it is when it is an argument of $(error): one line; parentheses that do not pair become brackets. */
void text_add_message(struct buf *b, const char *text, size_t len);

/* Reads a log of qpool's (tsv) of `count` jobs. false: it is none, or a line of it makes no sense. */
bool text_read_log(struct text_job *jobs, size_t count, const char *log, size_t len);

#endif
