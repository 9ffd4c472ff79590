/*
 * profile: makes every make that we start run its recipe lines through qpool-sh, which records the lines, and
 * summarizes these records.
 */
#ifndef QPOOL_PROFILE_H
#define QPOOL_PROFILE_H

#include <stddef.h>

#include "base/buf.h"
#include "log/table.h"

struct profile;

/*
 * Sets MAKEFLAGS, QPOOL_LOG and related variables in our environment, for every process started later. qpool-sh appends
 * records to `log_path`; if `log_path` is NULL, it appends to a temporary file that is removed with the profile. Blocks
 * the signals that would end this process, so that no file is left over; one_run handles these signals. On failure,
 * returns NULL, describes the reason in `problem`, and changes nothing.
 */
struct profile *profile_new(const char *log_path, char *problem, size_t size);
/* Adds the records of this run to *t. Returns 0, also without any record, or -1 with errno. */
int profile_read(const struct profile *p, struct log_table *t);

/*
 * Appends the summary of the records, the CPU time of the command and of all processes that it waited for, and the
 * makefiles whose recipes were not recorded because they set SHELL.
 */
void profile_text(struct buf *b, const struct profile *p, const struct log_table *t, int64_t cpu_us);
/*
 * Returns the number of the last -j among the words of a make command, or 0 without a -j that has a number. The array
 * ends in NULL.
 */
unsigned profile_slots(char *const *words);
/* Frees the profile and removes its files. NULL is allowed. */
void profile_free(struct profile *p);

#endif
