/* progress-percent: parses the percentage that a worker reports on QPOOL_PROGRESS_FD. */
#ifndef QPOOL_PROGRESS_PERCENT_H
#define QPOOL_PROGRESS_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/* The stream of one worker. The caller zero-initializes it. It owns nothing. */
struct percent_reader {
	char partial[32]; /* the unfinished line */
	size_t len;       /* bytes in use of `partial` */
	bool overflow;    /* the unfinished line is longer than `partial`, and will be ignored */
};

/*
 * Parses `len` bytes of the stream, which may arrive in pieces of any size. If a line is a number from 0 to 100, such
 * as "42.5" or "42.5%", with optional blanks around it, stores the number in *percent; any other line is ignored. CR
 * ends a line like LF, because progress bars of other programs use CR. If several lines are complete, the last number
 * counts. Returns true if *percent changed.
 */
bool percent_feed(struct percent_reader *r, const char *bytes, size_t len, double *percent);

#endif
