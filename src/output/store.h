/*
 * store: the output of one task while it waits: in memory, and beyond that in the spill. Keeps the order of arrival,
 * and which of standard output and standard error each byte was written to.
 */
#ifndef QPOOL_STORE_H
#define QPOOL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "output/spill.h"

/* Zero-initialize it; store_free releases the memory. */
struct store {
	struct buf tail;      /* the newest segments */
	size_t last_segment;  /* offset of the header of the last segment in tail */
	uint64_t first, last; /* the chain in the spill, older than tail; 0: none */
};

/* Appends bytes of stream 1 or 2 to the memory. */
void store_add(struct store *s, int stream, const char *bytes, size_t len);
/* Moves the memory to the spill. Returns 0, or -1 with errno; then it stays in memory. */
int store_flush(struct store *s, struct spill *spill);
/* Does nothing wait? */
bool store_empty(const struct store *s);
/* Returns the bytes of memory allocated. */
size_t store_memory(const struct store *s);
/*
 * Takes the oldest part out and replaces the contents of `b` by it, as segments for segment_next. Returns 1, 0 if the
 * store is empty, or -1 with errno if the part could not be read back; then the whole chain in the spill is lost.
 */
int store_take(struct store *s, struct spill *spill, struct buf *b);
/* Frees the memory. Extents in the spill keep their space. */
void store_free(struct store *s);

/*
 * Returns the next segment of a part in *stream, *bytes and *len. *at is 0 at first. false: no more. `part` owns
 * bytes.
 */
bool segment_next(const struct buf *part, size_t *at, int *stream, const char **bytes, size_t *len);

#endif
