#include "completions/text.h"

#include <string.h>

void
text_add_marked(struct buf *b, const char *text, const char *characters, const char *mark)
{
	for (; *text != '\0'; text++) {
		if (strchr(characters, *text) != NULL)
			buf_adds(b, mark);
		buf_addc(b, *text);
	}
}

void
text_add_quoted(struct buf *b, const char *text)
{
	buf_addc(b, '\'');
	/* The quote ends, a quote follows that is escaped, and the next begins. */
	text_add_marked(b, text, "'", "'\\'");
	buf_addc(b, '\'');
}

void
text_add_spellings(struct buf *b, const struct cli_option *o, const char *before, const char *between)
{
	for (const char *letter = o->letters; *letter != '\0'; letter++)
		buf_addf(b, "%s-%c%s", before, *letter, between);
	buf_addf(b, "%s--%s", before, o->name);
}

void
text_add_values(struct buf *b, const struct cli_option *o)
{
	for (const char *c = o->values; *c != '\0'; c++)
		buf_addc(b, *c == '|' ? ' ' : *c);
}

void
text_add_argument(struct buf *b, const struct cli_option *o)
{
	size_t len = strlen(o->argument);

	if (cli_option_value_is_optional(o))
		buf_add(b, o->argument + 2, len - 3);
	else
		buf_add(b, o->argument, len);
}
