/* unescape: reads what escape.h writes, and shell words as bash and GNU parallel write them. */
#ifndef QPOOL_UNESCAPE_H
#define QPOOL_UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends the bytes for which escape_tsv writes exactly `text`. Returns false, and appends nothing, for any text that
 * escape_tsv does not write, such as a raw control character, an unknown escape, or an unnecessary escape like \x41.
 */
bool unescape_tsv(struct buf *b, const char *text, size_t len);
/*
 * Splits `text` into shell words (XCU 2.2, and $'...' as in bash): blanks separate words; '...', "..." and backslash
 * quote characters. Nothing is expanded: $x stays $x. Appends each word and a NUL to `b`, and returns the number of
 * words. Returns -1, and appends nothing, if a quote is not closed, or if the text contains a NUL, an escape for NUL,
 * or an escape for a code point above U+10FFFF, because no argument can contain these.
 */
int unescape_shell(struct buf *b, const char *text, size_t len);

#endif
