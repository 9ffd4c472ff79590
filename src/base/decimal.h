/* decimal: writes numbers as exact decimal text, without floating point and without rounding. */
#ifndef QPOOL_DECIMAL_H
#define QPOOL_DECIMAL_H

#include <stdint.h>

#include "base/buf.h"

/* Appends `n` in decimal. */
void decimal_add(struct buf *b, uint64_t n);
/*
 * Appends value / 10^places with exactly `places` decimals (0 to 18), padded on the left with blanks to at least
 * `width` characters (0 to 32).
 */
void decimal_fixed(struct buf *b, int64_t value, unsigned places, unsigned width);

#endif
