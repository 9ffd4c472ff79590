/*
 * store: one task's output while it waits: first in memory, past that in the spill. Keeps which of stdout and stderr each byte was for, and the order
 * of arrival.
 */
#ifndef QPOOL_STORE_H
#define QPOOL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "output/spill.h"

struct store {
	struct buf tail;      /* the newest segments */
	size_t last_segment;  /* offset of the last segment's header in tail */
	uint64_t first, last; /* the chain in the spill, before tail; 0: none */
};

/* Appends bytes for stream 1 or 2 to the memory. */
void store_add(struct store *s, int stream, const char *bytes, size_t len);
/* Moves the memory to the spill. -1 with errno; then it stays in memory. */
int store_flush(struct store *s, struct spill *spill);
bool store_empty(const struct store *s);
/* Bytes of memory it takes. */
size_t store_memory(const struct store *s);
/*
 * Takes the oldest part out, as segments in b (which is replaced): 1, 0 when there was none, -1 with errno: a part could not be read back, and is
 * lost.
 */
int store_take(struct store *s, struct spill *spill, struct buf *b);
void store_free(struct store *s);

/* Walks the segments of a taken part: *at starts as 0. false at the end. */
bool segment_next(const struct buf *part, size_t *at, int *stream, const char **bytes, size_t *len);

#endif
