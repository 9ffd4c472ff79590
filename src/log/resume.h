/*
 * resume: finds out which tasks are finished according to a log. A task is identified by the bytes of its command and
 * by the number of times that the command has occurred.
 *
 * The memory is at most 32 bytes for each identity in the log. Commands are not kept.
 */
#ifndef QPOOL_RESUME_H
#define QPOOL_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "job/job.h"

struct resume;

/*
 * Reads a log in one of our three formats, which the first line determines; a joblog may be from GNU parallel. With
 * `failed_again` (--resume-failed), only tasks whose job exited 0 are finished; without it, every task with a final
 * outcome is finished. `shell`: the tasks of this run are shell lines.
 *
 * A missing or empty file is an empty log. A line that is not a record is skipped and counted. Returns NULL with errno
 * if the file cannot be read; EINVAL: the first line is of another format.
 */
struct resume *resume_read(const char *path, bool failed_again, bool shell);
/* Is the next occurrence of this command finished according to the log? Each call counts one occurrence. */
bool resume_done(struct resume *r, const struct command *c);
/* Returns the number of skipped lines, and stores the line number of the first skipped line in *first. */
uint64_t resume_skipped(const struct resume *r, uint64_t *first);
void resume_free(struct resume *r);

#endif
