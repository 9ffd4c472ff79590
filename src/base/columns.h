/* columns: text for one line of a terminal, cut to the columns that are available. */
#ifndef QPOOL_COLUMNS_H
#define QPOOL_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct columns {
	struct buf *b; /* where text is appended; borrowed */
	size_t width;  /* columns taken so far */
	size_t most;   /* columns available */
};

/*
 * Each function appends as much of its text as fits, character by character; the rest is dropped. The locale
 * (LC_CTYPE) defines what a character is and how many columns it takes.
 */

/*
 * Appends what printf(3) would print, cut to 127 bytes. The text must be printable; other bytes require
 * columns_visible.
 */
void columns_format(struct columns *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends a duration in whole seconds: "0:07", "12:34", "1:02:03". A negative one counts as 0. */
void columns_time(struct columns *c, int64_t ns);
/* Appends any bytes as escape_visible does; each byte of a character that the locale cannot print appears as \xHH. */
void columns_visible(struct columns *c, const char *bytes, size_t len);

#endif
