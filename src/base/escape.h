/*
 * escape: quoting of any bytes for a shell, a TSV field, a JSON string or a terminal.
 *
 * Every function appends to `b`. Control characters are C0, DEL and also C1, which some terminals obey.
 */
#ifndef QPOOL_ESCAPE_H
#define QPOOL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Has this byte no meaning to a shell, anywhere in a word? `=` has one in the first word of a command. */
bool escape_is_safe(char c);
/*
 * Appends one word quoted for a POSIX shell (XCU 2.2): unchanged if it consists of safe bytes, otherwise in single
 * quotes. For an argument; the name of a command may need more (escape_words).
 */
void escape_shell(struct buf *b, const char *word);
/*
 * Appends the words of a command, quoted and separated by blanks, as a shell would run them. The first word is also
 * quoted if a shell would take it for an assignment or a reserved word.
 */
void escape_words(struct buf *b, char *const *words, size_t count);
/*
 * Appends bytes so that they stay in one TSV field: \t \n \r \\, and \xHH for each byte of another control character
 * or of invalid UTF-8. unescape_tsv (unescape.h) is the inverse.
 */
void escape_tsv(struct buf *b, const char *bytes, size_t len);
/*
 * Appends the inside of a JSON string (RFC 8259) with control characters escaped, and those that escape_visible escapes
 * for a change of direction. Each byte of invalid UTF-8 becomes U+FFFD. Returns false if there was one, so that the
 * caller can add the bytes in hexadecimal.
 */
bool escape_json(struct buf *b, const char *bytes, size_t len);
/* Appends two hexadecimal digits for each byte. */
void escape_hex(struct buf *b, const char *bytes, size_t len);
/*
 * Appends bytes for a person to read on one line: like escape_tsv, except that a backslash stays single, and
 * that characters are escaped that change the direction of the text that follows (U+202A to U+202E, U+2066 to U+2069).
 */
void escape_visible(struct buf *b, const char *bytes, size_t len);

/* Appends bytes in which only those characters are escaped: a line of TSV for a terminal. */
void escape_overrides(struct buf *b, const char *bytes, size_t len);

#endif
