/* options-help: prints the output of --help, --version and --mk. */
#ifndef QPOOL_OPTIONS_HELP_H
#define QPOOL_OPTIONS_HELP_H

/*
 * Each function prints to standard output and exits with 0. If writing fails, it prints a line on standard error and
 * exits with 1.
 */
void options_help(void) __attribute__((noreturn));
void options_version(void) __attribute__((noreturn));
/* Prints the path of the installed qpool.mk. Fails if that file cannot be read. */
void options_mk(void) __attribute__((noreturn));

#endif
