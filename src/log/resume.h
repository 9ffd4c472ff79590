/*
 * resume: which tasks are finished according to a log. A task is recognized by the bytes of its command and by how
 * often that command has occurred.
 *
 * Needs at most 32 bytes for each logged identity, and never keeps a command.
 */
#ifndef QPOOL_RESUME_H
#define QPOOL_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "job/job.h"

struct resume;

/*
 * Reads a log in one of our three formats; its first line tells which. GNU parallel may have written a joblog.
 * `failed_again` (--resume-failed): only jobs that exited 0 are finished; otherwise all final outcomes are. `shell`:
 * the tasks of this run are shell lines.
 *
 * A file that does not exist or is empty is an empty log. A torn or senseless line is skipped and counted. NULL with
 * errno if the file cannot be read; EINVAL: its first line is of another format.
 */
struct resume *resume_read(const char *path, bool failed_again, bool shell);
/* Is the next occurrence of this command finished in the log? Counts the occurrence. */
bool resume_done(struct resume *r, const struct command *c);
/* The number of lines that made no sense; *first is the number of the first one. */
uint64_t resume_skipped(const struct resume *r, uint64_t *first);
void resume_free(struct resume *r);

#endif
