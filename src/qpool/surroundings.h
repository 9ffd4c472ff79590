/* surroundings: what qpool finds in its environment: the make that it runs under, and a jobserver. */
#ifndef QPOOL_SURROUNDINGS_H
#define QPOOL_SURROUNDINGS_H

#include "jobserver/client.h"
#include "pool/settings.h"

struct surroundings {
	struct jobserver jobserver;
	struct jobserver_auth auth; /* the jobserver that MAKEFLAGS or --jobserver-auth names */
	char *worker_makeflags;     /* replaces MAKEFLAGS for the workers; NULL: they inherit it */
	int progress_to;            /* a reserved fd, from worker_reserve_fd */
};

/* Reads MAKEFLAGS. Must be called before any file is opened. */
void surroundings_read(struct surroundings *s);
/* Returns the -l of the make above, or -1 without a limit. Call it before surroundings_join. */
double surroundings_load(const struct surroundings *s);
/* Joins the jobserver, if MAKEFLAGS or the options name one. Prints a line if the jobserver cannot be used. */
void surroundings_join(struct surroundings *s, const struct options *o);
/* Computes worker_makeflags again, after this process has changed its MAKEFLAGS. */
void surroundings_update(struct surroundings *s, const struct options *o);
/*
 * Returns the number of slots: the number of -j, limited by the -j of a make without a jobserver. Without -j, returns 0
 * if a jobserver limits the jobs, otherwise the number of CPUs. 0 means that only tokens limit the jobs.
 */
unsigned surroundings_slots(const struct surroundings *around, const struct options *o);
/* Returns the tokens to the jobserver, and frees what *s owns. */
void surroundings_leave(struct surroundings *s);

#endif
