/* decimal: numbers as text, exactly: no floating point, no rounding up. */
#ifndef QPOOL_DECIMAL_H
#define QPOOL_DECIMAL_H

#include <stdint.h>

#include "base/buf.h"

/* Appends n. */
void decimal_add(struct buf *b, uint64_t n);
/* Appends value / 10^places with that many decimals (0..18), in at least `width` characters (0..32), blanks in front. */
void decimal_fixed(struct buf *b, int64_t value, unsigned places, unsigned width);

#endif
