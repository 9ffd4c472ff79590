/* profile: what makes that we start are told, so that qpool-sh records each line they run; and what came of it. */
#ifndef QPOOL_PROFILE_H
#define QPOOL_PROFILE_H

#include <stddef.h>

#include "log-table.h"

struct profile;

/*
 * Changes our environment for all that is started from now on: MAKEFLAGS, QPOOL_LOG and what belongs to them. The records are appended to `log_path`, NULL: to a file that is gone
 * with the profile. From now on the signals that would end us wait, so that nothing stays behind; one_run takes them. NULL: `problem` says why, and nothing is changed or left.
 */
struct profile *profile_new(const char *log_path, char *problem, size_t size);
/* Reads the records of this run. 0, also when there are none; -1 with errno. */
int profile_read(const struct profile *p, struct log_table *t);

/* Recipes of one makefile that a shell of its own ran, so that they have no record. The texts are valid until profile_free. */
struct profile_gap {
	const char *shell, *folder, *makefile, *target; /* target: the first one */
	size_t recipes;
};

/* Those of this run, `count` of them; owned by the profile. What cannot be read is as if there were none. */
const struct profile_gap *profile_gaps(struct profile *p, size_t *count);
/* Frees it and removes its files. NULL is fine. */
void profile_free(struct profile *p);

#endif
