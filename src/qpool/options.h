/* options: qpool's command line. */
#ifndef QPOOL_OPTIONS_H
#define QPOOL_OPTIONS_H

#include "pool/settings.h"

/*
 * Reads argv into *o, which borrows its strings. --help and --version print to standard output and exit with 0; wrong
 * usage prints one line, which says what is wrong and what to do, and exits with EXIT_USAGE.
 */
void options_parse(int argc, char **argv, struct options *o);

#endif
