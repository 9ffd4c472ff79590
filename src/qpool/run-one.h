/* run-one: runs one command instead of a pool, for --one and --profile. */
#ifndef QPOOL_RUN_ONE_H
#define QPOOL_RUN_ONE_H

#include "pool/settings.h"
#include "qpool/surroundings.h"

/*
 * Runs the command and returns the exit status. Stores in *sig the signal that must then end this process, or 0. If the
 * command cannot be run, prints a line and exits.
 */
int run_one(const struct options *o, struct surroundings *around, int *sig);

#endif
