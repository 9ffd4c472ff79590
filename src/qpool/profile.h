/* profile: what makes that we start are told, so that qpool-sh records each line they run; and what came of it. */
#ifndef QPOOL_PROFILE_H
#define QPOOL_PROFILE_H

#include <stddef.h>

#include "base/buf.h"
#include "log/table.h"

struct profile;

/*
 * Changes our environment for all that is started from now on: MAKEFLAGS, QPOOL_LOG and what belongs to them. The records are appended to `log_path`, NULL: to a file that is gone
 * with the profile. From now on the signals that would end us wait, so that nothing stays behind; one_run takes them. NULL: `problem` says why, and nothing is changed or left.
 */
struct profile *profile_new(const char *log_path, char *problem, size_t size);
/* Reads the records of this run. 0, also when there are none; -1 with errno. */
int profile_read(const struct profile *p, struct log_table *t);

/*
 * Appends the summary of these records, beside what the command, and all it waited for, used of the CPU, and the makefiles whose recipes have no record because they
 * set SHELL.
 */
void profile_text(struct buf *b, const struct profile *p, const struct log_table *t, int64_t cpu_us);
/* The number of the last -j among the words of a make's command, which a NULL ends; 0: there is none. */
unsigned profile_slots(char *const *words);
/* Frees it and removes its files. NULL is fine. */
void profile_free(struct profile *p);

#endif
