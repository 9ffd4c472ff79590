/* conflicts: options that cannot be combined, or that need another one. */
#ifndef QPOOL_CONFLICTS_H
#define QPOOL_CONFLICTS_H

#include <stdbool.h>

#include "pool/settings.h"

/*
 * Exits with EXIT_USAGE, after one line that says what to change, if options conflict. seen[id]: that option was
 * given.
 */
void options_check(const struct options *o, const bool seen[]);

#endif
