/*
 * escape: quotes any bytes for a shell, a TSV field, a JSON string or a terminal.
 *
 * Every function appends to `b`. Control characters are C0, DEL and also C1, because some terminals interpret C1.
 */
#ifndef QPOOL_ESCAPE_H
#define QPOOL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Does a shell treat this byte as an ordinary character anywhere in a word? For `=` the answer is no, because it makes
 * the first word of a command an assignment.
 */
bool escape_is_safe(char c);
/*
 * Appends one word quoted for a POSIX shell (XCU 2.2): unchanged if it consists of safe bytes, otherwise in single
 * quotes. The result is correct for an argument; the name of a command can need more quotes (escape_words).
 */
void escape_shell(struct buf *b, const char *word);
/*
 * Appends the words of a command, quoted and separated by blanks, so that a shell runs exactly this command. The first
 * word is also quoted if a shell would treat it as an assignment or a reserved word.
 */
void escape_words(struct buf *b, char *const *words, size_t count);
/*
 * Appends bytes so that they stay in one TSV field: \t \n \r \\, and \xHH for each byte of another control character
 * or of invalid UTF-8. unescape_tsv (unescape.h) is the inverse.
 */
void escape_tsv(struct buf *b, const char *bytes, size_t len);
/*
 * Appends the inside of a JSON string (RFC 8259) in which control characters are escaped, and also the characters that
 * change the direction of text (escape_visible). Each byte of invalid UTF-8 becomes U+FFFD. Returns false if there was
 * such a byte, so that the caller can add the exact bytes in hexadecimal.
 */
bool escape_json(struct buf *b, const char *bytes, size_t len);
/* Appends two hexadecimal digits for each byte. */
void escape_hex(struct buf *b, const char *bytes, size_t len);
/*
 * Appends bytes for a person to read on one line: like escape_tsv, except that a backslash is not doubled, and that
 * characters that change the direction of the following text (U+202A to U+202E, U+2066 to U+2069) are escaped too.
 */
void escape_visible(struct buf *b, const char *bytes, size_t len);

/* Appends a line of TSV for a terminal: only the characters that change the direction of text are escaped. */
void escape_overrides(struct buf *b, const char *bytes, size_t len);

#endif
