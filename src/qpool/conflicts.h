/* conflicts: checks for options that cannot be combined, or that require another option. */
#ifndef QPOOL_CONFLICTS_H
#define QPOOL_CONFLICTS_H

#include <stdbool.h>

#include "pool/settings.h"

/*
 * If options conflict, prints one line with what to change, and exits with EXIT_USAGE. seen[id] is true if option `id`
 * was given.
 */
void options_check(const struct options *o, const bool seen[]);

#endif
