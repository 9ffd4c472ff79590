/* run-one: --one and --profile: one command in place of a pool. */
#ifndef QPOOL_RUN_ONE_H
#define QPOOL_RUN_ONE_H

#include "pool/settings.h"
#include "qpool/surroundings.h"

/* Returns the exit status; *sig is a signal to die of, or 0. Prints a line and exits if the command cannot be run. */
int run_one(const struct options *o, struct surroundings *around, int *sig);

#endif
