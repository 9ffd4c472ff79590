/*
 * store: keeps the waiting output of one task, in memory and, beyond a limit, in the spill. The store preserves the
 * order in which bytes arrived, and for each byte whether it is standard output or standard error.
 */
#ifndef QPOOL_STORE_H
#define QPOOL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "output/spill.h"

/* The caller zero-initializes it. store_free releases the memory. */
struct store {
	struct buf tail;      /* the newest segments */
	size_t last_segment;  /* offset of the header of the last segment in tail */
	uint64_t first, last; /* first and last extent of the chain in the spill, which is older than `tail`; 0: none */
};

/* Appends bytes of stream 1 or 2 to the memory. */
void store_add(struct store *s, int stream, const char *bytes, size_t len);
/* Moves the bytes in memory to the spill. Returns 0, or -1 with errno; after -1, the bytes stay in memory. */
int store_flush(struct store *s, struct spill *spill);
/* Is the store empty? */
bool store_empty(const struct store *s);
/* Returns the bytes of memory allocated. */
size_t store_memory(const struct store *s);
/*
 * Removes the oldest part, and replaces the contents of `b` with it, as segments for segment_next. Returns 1; 0 if the
 * store is empty; or -1 with errno if the part could not be read back. After -1, the whole chain in the spill is lost.
 */
int store_take(struct store *s, struct spill *spill, struct buf *b);
/* Frees the memory. The extents in the spill are not released. */
void store_free(struct store *s);

/*
 * Stores the next segment of a part in *stream, *bytes and *len. The caller sets *at to 0 before the first call.
 * Returns false if no more segments are left. *bytes points into `part`.
 */
bool segment_next(const struct buf *part, size_t *at, int *stream, const char **bytes, size_t *len);

#endif
