/* lines: splits a stream of bytes into lines, with a bound on the memory that one line can take. */
#ifndef QPOOL_LINES_H
#define QPOOL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum lines_result {
	LINES_NONE, /* no complete line: feed more, or the input has ended and every line was returned */
	LINES_LINE, /* a line */
	LINES_NUL,  /* a line that contains a NUL byte, which an argument cannot */
	LINES_LONG, /* a line longer than max_len; its text was discarded while it was read */
};

struct line {
	const char *text; /* NUL-terminated, valid until the next call with this struct lines; NULL with LINES_LONG */
	size_t len;       /* bytes without the delimiter; with LINES_LONG the full length */
	uint64_t number;  /* of the line in the input, from 1; empty lines count */
};

struct lines {
	char delimiter;
	bool skip_empty;
	size_t max_len;    /* bytes */
	bool ended;        /* lines_end was called */
	struct buf buffer; /* bytes that were read and not returned yet, from `start` on */
	size_t start;      /* of the next line in buffer */
	size_t scanned;    /* no delimiter before this position in buffer */
	size_t dropped;    /* bytes discarded of a line that is too long */
	uint64_t number;   /* of lines returned or skipped */
};

/* Initializes an empty reader. Of lines longer than `max_len` bytes only the length is kept. lines_free releases it. */
void lines_init(struct lines *l, char delimiter, bool skip_empty, size_t max_len);
/*
 * Returns where to read(2) the next bytes to: space for `want` bytes at least. Call lines_fed afterwards. The buffer
 * stays below max_len + 2 * want bytes and one page, however long a line is.
 */
char *lines_space(struct lines *l, size_t want);
/* Reports that `len` bytes were put where lines_space pointed to. */
void lines_fed(struct lines *l, size_t len);
/* Reports the end of the input: a last line without its delimiter counts as a line. */
void lines_end(struct lines *l);
/* Returns the next line in *out, if there is a complete one. */
enum lines_result lines_next(struct lines *l, struct line *out);
/* Discards an incomplete last line whose rest will never arrive, so that it does not count as a line at the end. */
void lines_drop_partial(struct lines *l);
void lines_free(struct lines *l);

#endif
