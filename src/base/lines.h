/* lines: splits a stream of bytes into lines, with a bound on the memory that one line can take. */
#ifndef QPOOL_LINES_H
#define QPOOL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum lines_result {
	LINES_NONE, /* no complete line is left; feed more, unless the input has ended */
	LINES_LINE, /* a line */
	LINES_NUL,  /* a line that contains a NUL byte; it cannot become an argument */
	LINES_LONG, /* a line longer than max_len; its text was discarded while it was read */
};

struct line {
	const char *text; /* NUL-terminated, valid until the next call with this struct lines; NULL with LINES_LONG */
	size_t len;       /* bytes without the delimiter; with LINES_LONG the full length */
	uint64_t number;  /* number of the line in the input, from 1; empty lines count */
};

struct lines {
	char delimiter;
	bool skip_empty;
	size_t max_len;    /* bytes */
	bool ended;        /* lines_end was called */
	struct buf buffer; /* bytes that were read and not returned yet, from `start` on */
	size_t start;      /* offset of the next line in buffer */
	size_t scanned;    /* no delimiter before this position in buffer */
	size_t dropped;    /* number of bytes discarded from a line that is too long */
	uint64_t number;   /* number of lines returned or skipped */
};

/*
 * Initializes an empty reader, which lines_free releases. If a line is longer than `max_len` bytes, only its length is
 * kept.
 */
void lines_init(struct lines *l, char delimiter, bool skip_empty, size_t max_len);
/*
 * Returns the address to read(2) the next bytes into; there is space for at least `want` bytes. The caller then calls
 * lines_fed. The buffer stays below max_len + 2 * want bytes and one page, whatever the length of a line.
 */
char *lines_space(struct lines *l, size_t want);
/* Reports that `len` bytes were written to the address that lines_space returned. */
void lines_fed(struct lines *l, size_t len);
/* Reports the end of the input. A last line without a delimiter counts as a line. */
void lines_end(struct lines *l);
/* Stores the next complete line in *out and returns its kind, or LINES_NONE if no complete line is left. */
enum lines_result lines_next(struct lines *l, struct line *out);
/* Discards an incomplete last line whose rest will never arrive, so that lines_end does not make it a line. */
void lines_drop_partial(struct lines *l);
void lines_free(struct lines *l);

#endif
