/* command: what a job runs, as text for records and messages. */
#ifndef QPOOL_COMMAND_H
#define QPOOL_COMMAND_H

#include "base/buf.h"
#include "job/job.h"

/*
 * Appends the command as a shell could run it: a shell line unchanged, otherwise the words as escape_words quotes
 * them.
 */
void command_text(struct buf *b, const struct command *c);

#endif
