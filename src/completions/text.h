/* text: pieces of the completion scripts. Each function appends to *b. */
#ifndef QPOOL_COMPLETIONS_TEXT_H
#define QPOOL_COMPLETIONS_TEXT_H

#include "base/buf.h"
#include "cli/option.h"

/* Appends the text, with `mark` before each character that is in `characters`. */
void text_add_marked(struct buf *b, const char *text, const char *characters, const char *mark);
/* Appends the text in single quotes, as bash and zsh read them. */
void text_add_quoted(struct buf *b, const char *text);
/* Appends all forms of an option, such as "-j --jobs": `before` in front of each form, `between` between two forms. */
void text_add_spellings(struct buf *b, const struct cli_option *o, const char *before, const char *between);
/* Appends the values of an option ("a|b|c" in the table), separated by blanks. */
void text_add_values(struct buf *b, const struct cli_option *o);
/* Appends the name of the option's value, without the brackets around the name of an optional value. */
void text_add_argument(struct buf *b, const struct cli_option *o);

#endif
