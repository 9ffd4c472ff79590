/* surroundings: what qpool finds in its environment: the make above it, and a jobserver. */
#ifndef QPOOL_SURROUNDINGS_H
#define QPOOL_SURROUNDINGS_H

#include "jobserver/client.h"
#include "pool/settings.h"

struct surroundings {
	struct jobserver jobserver;
	struct jobserver_auth auth; /* what MAKEFLAGS says, or --jobserver-auth */
	char *worker_makeflags;     /* replaces MAKEFLAGS for the workers; NULL: they inherit it */
	int progress_to;            /* a reserved fd number, see worker_reserve_fd */
};

/* Reads MAKEFLAGS. Call it before any file is opened. */
void surroundings_read(struct surroundings *s);
/* Returns the -l of the make above, or -1 without a limit. Call it before surroundings_join. */
double surroundings_load(const struct surroundings *s);
/* Joins the jobserver, if there is one; prints a line if it cannot be used. */
void surroundings_join(struct surroundings *s, const struct options *o);
/* Makes worker_makeflags again, after this process changed its MAKEFLAGS. */
void surroundings_update(struct surroundings *s, const struct options *o);
/*
 * The number of slots: -j, limited by the -j of a make without a jobserver; without -j what the jobserver grants,
 * otherwise the number of CPUs. 0: limited only by tokens.
 */
unsigned surroundings_slots(const struct surroundings *around, const struct options *o);
/* Returns the tokens, and frees what *s owns. */
void surroundings_leave(struct surroundings *s);

#endif
