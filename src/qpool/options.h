/* options: qpool's command line. */
#ifndef QPOOL_OPTIONS_H
#define QPOOL_OPTIONS_H

#include "pool/settings.h"

/*
 * Parses argv into *o. --help and --version print to stdout and exit 0; a wrong word prints one line "qpool: ..." that says
 * what is wrong and what to do, to stderr, and exits 2. Only strings of argv are borrowed.
 */
void options_parse(int argc, char **argv, struct options *o);

#endif
