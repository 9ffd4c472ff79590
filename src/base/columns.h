/* columns: text cut to the columns that it takes on a terminal. */
#ifndef QPOOL_COLUMNS_H
#define QPOOL_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct columns {
	struct buf *b; /* what is added goes here; borrowed */
	size_t width;  /* columns taken so far */
	size_t most;
};

/* Each adds as much as there is room for. The locale (LC_CTYPE) says what is a character, and how wide. */

/* What printf(3) would print, of that at most 127 bytes. Plain text only. */
void columns_format(struct columns *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A duration in whole seconds: "0:07", "12:34", "1:02:03"; below 0 it is 0. */
void columns_time(struct columns *c, int64_t ns);
/* Any bytes, as escape_visible shows them; what the locale cannot print is shown as bytes too. */
void columns_visible(struct columns *c, const char *bytes, size_t len);

#endif
