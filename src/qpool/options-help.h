/* options-help: what --help and --version print. */
#ifndef QPOOL_OPTIONS_HELP_H
#define QPOOL_OPTIONS_HELP_H

/* Each prints to standard output and exits with 0; or with 1 and a line on standard error, if that fails. */
void options_help(void) __attribute__((noreturn));
void options_version(void) __attribute__((noreturn));
/* Prints the path of the installed qpool.mk; an error if that cannot be read. */
void options_mk(void) __attribute__((noreturn));

#endif
