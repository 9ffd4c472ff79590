/* A shell line is text already; words are quoted. */
#include "job/command.h"
#include "base/escape.h"

void
command_text(struct buf *b, const struct command *c)
{
	if (c->shell)
		buf_adds(b, c->argv[2]);
	else
		escape_words(b, c->argv, c->argc);
}
