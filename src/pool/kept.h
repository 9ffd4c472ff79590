/*
 * kept: stores what a job writes to one stream (standard output or error), until it becomes part of the task's result.
 * Up to 64 KiB stay in memory; when there is more, the earlier output moves to a temporary file.
 */
#ifndef QPOOL_KEPT_H
#define QPOOL_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The caller zero-initializes it. */
struct kept {
	struct buf bytes; /* the newest part, or all of it */
	int fd;           /* owned: the file with the earlier output; 0: none */
	bool lost; /* the output could not be stored; it stays empty, so that a part cannot be mistaken for the whole */
};

/*
 * Appends bytes. Returns 0, or -1 with errno if this call loses the output; later calls drop their bytes and return 0.
 */
int kept_add(struct kept *k, const char *bytes, size_t len);
/*
 * If the output has a file, writes the part in memory to it, so that kept_take cannot fail. Returns 0, or -1 with errno
 * if the output is lost.
 */
int kept_seal(struct kept *k);
/*
 * Moves the output to the caller, either to *bytes, with *fd set to -1, or to a file *fd, which the caller closes.
 * Afterwards *k is empty. Returns 0, or -1 with errno if the output is lost.
 */
int kept_take(struct kept *k, struct buf *bytes, int *fd);
/* Frees the output. Afterwards *k is empty. */
void kept_free(struct kept *k);

#endif
