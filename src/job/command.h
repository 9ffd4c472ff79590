/* command: what a job runs, as text. */
#ifndef QPOOL_COMMAND_H
#define QPOOL_COMMAND_H

#include "base/buf.h"
#include "job/job.h"

/* Appends the command as text that a shell would run: the shell line unchanged, or the words quoted by escape_words. */
void command_text(struct buf *b, const struct command *c);

#endif
