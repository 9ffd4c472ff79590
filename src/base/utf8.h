/* utf8: characters in bytes, RFC 3629. */
#ifndef QPOOL_UTF8_H
#define QPOOL_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Length of the valid UTF-8 character at bytes (1..4), 0 if it is not one. */
size_t utf8_length(const char *bytes, size_t len);
/* Appends the character, which must be below 0x200000. */
void utf8_add(struct buf *b, uint32_t character);

#endif
