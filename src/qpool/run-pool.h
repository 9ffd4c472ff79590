/* run-pool: the run of a pool: its parts are opened, the engine runs the jobs, the files are written. */
#ifndef QPOOL_RUN_POOL_H
#define QPOOL_RUN_POOL_H

#include "pool/settings.h"
#include "qpool/surroundings.h"

/* Returns the exit status; *sig is a signal to die of, or 0. Prints a line and exits if the run cannot begin. */
int run_pool(const struct options *o, struct surroundings *around, int *sig);

#endif
