/* utf8: UTF-8 as RFC 3629 defines it, whatever the locale is. */
#ifndef QPOOL_UTF8_H
#define QPOOL_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Returns the length in bytes (1 to 4) of the character at `bytes`, or 0 if it is not valid or not complete. */
size_t utf8_length(const char *bytes, size_t len);
/* Appends a code point, which must be below 0x200000. Surrogates and values above U+10FFFF are not checked for. */
void utf8_add(struct buf *b, uint32_t character);

#endif
