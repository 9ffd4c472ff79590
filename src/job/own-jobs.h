/*
 * own-jobs: recognizes a program that was started with its own -j, and therefore ignores the jobserver of -J: GNU make
 * ("-jN forced in submake") and ninja (1.13, "Jobserver" in its manual).
 */
#ifndef QPOOL_OWN_JOBS_H
#define QPOOL_OWN_JOBS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is `args`, a command line whose words each end in a NUL, such a program with -j or --jobs of more than one? `len`
 * includes the NULs.
 */
bool own_jobs(const char *args, size_t len);

#endif
