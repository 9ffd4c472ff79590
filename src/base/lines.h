/* lines: bytes to lines, streaming, with a bound on what one line may hold. */
#ifndef QPOOL_LINES_H
#define QPOOL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum lines_result {
	LINES_NONE, /* feed more (or the input has ended and all is given out) */
	LINES_LINE, /* a line */
	LINES_NUL,  /* a line that holds a NUL byte, which no argument can */
	LINES_LONG, /* a line longer than max_len; its text was thrown away as it came */
};

struct line {
	const char *text; /* NUL-terminated, valid until the next call with this struct lines; NULL with LINES_LONG */
	size_t len;       /* without the delimiter; with LINES_LONG the whole length that was seen */
	uint64_t number;  /* of the line in the input, from 1; empty lines count */
};

struct lines {
	char delimiter;
	bool skip_empty;
	size_t max_len; /* bytes */
	bool ended;
	struct buf buffer; /* bytes not given out yet */
	size_t start;      /* of the next line in buffer */
	size_t scanned;    /* no delimiter before this place in buffer */
	size_t dropped;    /* bytes thrown away of a line that is too long */
	uint64_t number;   /* of lines given out or skipped */
};

/* Sets up an empty reader. Lines longer than max_len bytes are told, not held. */
void lines_init(struct lines *l, char delimiter, bool skip_empty, size_t max_len);
/* Where to read(2) into next: at least `want` bytes. Call lines_fed after. Memory stays
 * under max_len + 2 * want + a page, however long a line is. */
char *lines_space(struct lines *l, size_t want);
/* Says that `len` bytes were put where lines_space said. */
void lines_fed(struct lines *l, size_t len);
/* Says that the input has ended: a last line without its delimiter counts. */
void lines_end(struct lines *l);
/* The next line. */
enum lines_result lines_next(struct lines *l, struct line *out);
/* Throws the unfinished line away that was read last: the rest of it will not come. */
void lines_drop_partial(struct lines *l);
void lines_free(struct lines *l);

#endif
