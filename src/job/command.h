/* command: writes the command of a job as text, for records and messages. */
#ifndef QPOOL_COMMAND_H
#define QPOOL_COMMAND_H

#include "base/buf.h"
#include "job/job.h"

/* Appends the command in a form that a shell can run: a shell line unchanged, other commands quoted by escape_words. */
void command_text(struct buf *b, const struct command *c);

#endif
