/*
 * resume: which tasks a log shows done, by identity: the command's bytes and their occurrence.
 *
 * Holds 32 bytes at most for each logged identity, never the commands.
 */
#ifndef QPOOL_RESUME_H
#define QPOOL_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "job/job.h"

struct resume;

/*
 * Reads a log of any of our three formats or of GNU parallel, told apart by its first line. `failed_again`: only jobs
 * that exited 0 count as done (--resume-failed), else all that ran to their end. `shell`: this run's tasks are shell
 * lines. A file that does not exist or is empty is an empty log; a torn or senseless line is skipped and counted.
 * NULL with errno when it cannot be read; EINVAL when its first line is none of the formats.
 */
struct resume *resume_read(const char *path, bool failed_again, bool shell);
/* Is this command's next occurrence done in the log? Counts the occurrence. */
bool resume_done(struct resume *r, const struct command *c);
/* Lines of the log that could not be understood; the number of the first of them goes to *first. */
uint64_t resume_skipped(const struct resume *r, uint64_t *first);
void resume_free(struct resume *r);

#endif
