/* run-pool: opens the parts of a pool, runs the jobs through the engine, and writes the files. */
#ifndef QPOOL_RUN_POOL_H
#define QPOOL_RUN_POOL_H

#include "pool/settings.h"
#include "qpool/surroundings.h"

/*
 * Runs the pool and returns the exit status. Stores in *sig the signal that must then end this process, or 0. If the
 * run cannot begin, prints a line and exits.
 */
int run_pool(const struct options *o, struct surroundings *around, int *sig);

#endif
