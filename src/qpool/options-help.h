/* options-help: what --help and --version print. */
#ifndef QPOOL_OPTIONS_HELP_H
#define QPOOL_OPTIONS_HELP_H

/* Each prints to stdout and exits: 0, or 1 with a line on stderr when it could not be written. */
void options_help(void) __attribute__((noreturn));
void options_version(void) __attribute__((noreturn));
/* Where qpool.mk is installed; it is an error when it is not there. */
void options_mk(void) __attribute__((noreturn));

#endif
