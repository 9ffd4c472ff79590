/* escape: quoting of any bytes for a shell, a TSV field, a JSON string, a terminal. unescape.h reads what is written here. */
#ifndef QPOOL_ESCAPE_H
#define QPOOL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends one word quoted for a POSIX shell (XCU 2.2): unchanged if it consists of safe bytes, otherwise in single quotes. For an
 * argument; the name of a command may need more (escape_words).
 */
void escape_shell(struct buf *b, const char *word);
/*
 * Appends the words of a command, quoted and separated by blanks, as a shell would run them. The first word is also quoted if a shell
 * would take it for an assignment or a reserved word.
 */
void escape_words(struct buf *b, char *const *words, size_t count);
/* Appends bytes so that they stay in one TSV field: \t \n \r \\ and \xHH for the bytes of other control
 * characters (C0, DEL, and C1, which a terminal may obey too), and bytes that are not valid UTF-8. */
void escape_tsv(struct buf *b, const char *bytes, size_t len);
/* Appends the inside of a JSON string (RFC 8259), control characters as escape_tsv takes them escaped: an invalid UTF-8 byte becomes U+FFFD.
 * Returns false if there was one (the caller then adds the bytes in hex). */
bool escape_json(struct buf *b, const char *bytes, size_t len);
/* Appends two hexadecimal digits a byte. */
void escape_hex(struct buf *b, const char *bytes, size_t len);
/* Appends for a terminal or a text line: control characters and invalid UTF-8 as escape_tsv does, but a backslash as it is. */
void escape_visible(struct buf *b, const char *bytes, size_t len);

#endif
