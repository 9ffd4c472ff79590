/* text: pieces of the scripts of the shells. Each function appends to *b. */
#ifndef QPOOL_COMPLETIONS_TEXT_H
#define QPOOL_COMPLETIONS_TEXT_H

#include "base/buf.h"
#include "cli/option.h"

/* The text, with `mark` before each of the characters. */
void text_add_marked(struct buf *b, const char *text, const char *characters, const char *mark);
/* The text in single quotes, as bash and zsh read them. */
void text_add_quoted(struct buf *b, const char *text);
/* All forms of an option, each after `before`, with `between` between them: "-j --jobs". */
void text_add_spellings(struct buf *b, const struct cli_option *o, const char *before, const char *between);
/* The values of an option, "a|b|c", with blanks between them. */
void text_add_values(struct buf *b, const struct cli_option *o);
/* The name of its value, without the brackets of an optional one. */
void text_add_argument(struct buf *b, const struct cli_option *o);

#endif
