/* progress-percent: the percentage that a worker reports about itself on QPOOL_PROGRESS_FD. */
#ifndef QPOOL_PROGRESS_PERCENT_H
#define QPOOL_PROGRESS_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/* One worker's stream. Zero-initialize it; it owns nothing. */
struct percent_reader {
	char partial[32]; /* the unfinished line */
	size_t len;       /* bytes in use of `partial` */
	bool overflow;    /* the unfinished line is longer than `partial`, and is ignored */
};

/*
 * Takes `len` bytes, in pieces of any size. A line that is a number from 0 to 100 ("42.5" or "42.5%", blanks around
 * it) is stored in *percent; any other line is ignored. CR ends a line as LF does, as in progress bars of other
 * programs. The last line wins. Returns true if *percent changed.
 */
bool percent_feed(struct percent_reader *r, const char *bytes, size_t len, double *percent);

#endif
