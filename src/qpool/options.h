/* options: qpool's command line. */
#ifndef QPOOL_OPTIONS_H
#define QPOOL_OPTIONS_H

#include "pool/settings.h"

/*
 * Reads argv into *o, which borrows the strings of argv. For --help and --version, prints to standard output and exits
 * with 0. On wrong usage, prints one line that says what is wrong and what to do, and exits with EXIT_USAGE.
 */
void options_parse(int argc, char **argv, struct options *o);

#endif
