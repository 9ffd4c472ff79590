/*
 * profile: makes every make that we start run its lines through qpool-sh, which records them, and summarizes the
 * records.
 */
#ifndef QPOOL_PROFILE_H
#define QPOOL_PROFILE_H

#include <stddef.h>

#include "base/buf.h"
#include "log/table.h"

struct profile;

/*
 * Changes our environment for everything that is started from now on: MAKEFLAGS, QPOOL_LOG and what belongs to them.
 * qpool-sh appends records to `log_path`; NULL: to a file that is removed with the profile. From now on the signals
 * that would end us are blocked, so that no file stays behind; one_run handles them. NULL: `problem` says why, and
 * nothing was changed.
 */
struct profile *profile_new(const char *log_path, char *problem, size_t size);
/* Reads the records of this run. 0, also without any; -1 with errno. */
int profile_read(const struct profile *p, struct log_table *t);

/*
 * Appends the summary of the records; the CPU time of the command and everything it waited for; and the makefiles whose
 * recipes have no record because they set SHELL.
 */
void profile_text(struct buf *b, const struct profile *p, const struct log_table *t, int64_t cpu_us);
/* The number of the last -j among the words of a make command, which end in NULL; 0: not found. */
unsigned profile_slots(char *const *words);
/* Frees it and removes its files. NULL is allowed. */
void profile_free(struct profile *p);

#endif
