/* utf8: UTF-8 as RFC 3629 defines it, whatever the locale is. */
#ifndef QPOOL_UTF8_H
#define QPOOL_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Returns the length in bytes (1 to 4) of the character at `bytes`, or 0 if the character is invalid or incomplete. */
size_t utf8_length(const char *bytes, size_t len);
/*
 * Appends a code point, which must be below 0x200000. The function does not reject surrogates and values above
 * U+10FFFF.
 */
void utf8_add(struct buf *b, uint32_t character);

#endif
