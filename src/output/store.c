/*
 * Invariant: chain and tail together contain complete segments in the order of arrival. A segment is a header of 4
 * bytes (length and stream) and its bytes; it never crosses from the chain to the tail.
 */
#include "output/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_SEGMENT = 1 << 30 };

static uint32_t
header(const char *at)
{
	uint32_t h;

	memcpy(&h, at, sizeof h);
	return h;
}

void
store_add(struct store *s, int stream, const char *bytes, size_t len)
{
	uint32_t which = stream == 2, h;

	if (s->tail.len > 0 && (header(s->tail.data + s->last_segment) & 1) == which &&
	    s->tail.len - s->last_segment + len < LONGEST_SEGMENT) {
		buf_add(&s->tail, bytes, len);
		h = header(s->tail.data + s->last_segment) + (uint32_t)(len << 1);
		memcpy(s->tail.data + s->last_segment, &h, sizeof h);
		return;
	}
	s->last_segment = s->tail.len;
	h = (uint32_t)(len << 1) | which;
	buf_add(&s->tail, &h, sizeof h);
	buf_add(&s->tail, bytes, len);
}

int
store_flush(struct store *s, struct spill *spill)
{
	uint64_t place;

	if (s->tail.len == 0)
		return 0;
	place = spill_append(spill, s->tail.data, s->tail.len, s->last);
	if (place == 0)
		return -1;
	if (s->first == 0)
		s->first = place;
	s->last = place;
	buf_free(&s->tail);
	s->last_segment = 0;
	return 0;
}

bool
store_empty(const struct store *s)
{
	return s->first == 0 && s->tail.len == 0;
}

size_t
store_memory(const struct store *s)
{
	return s->tail.capacity;
}

int
store_take(struct store *s, struct spill *spill, struct buf *b)
{
	uint64_t place = s->first;

	if (place == 0) {
		struct buf was = *b;

		if (s->tail.len == 0)
			return 0;
		*b = s->tail;
		s->tail = (struct buf){ 0 };
		s->last_segment = 0;
		buf_free(&was);
		return 1;
	}
	if (spill_read(spill, place, b, &s->first) == -1) {
		/* The extents after it cannot be found either. */
		s->first = s->last = 0;
		b->len = 0;
		return -1;
	}
	if (s->first == 0)
		s->last = 0;
	spill_release(spill, place, b->len);
	return 1;
}

void
store_free(struct store *s)
{
	buf_free(&s->tail);
}

bool
segment_next(const struct buf *part, size_t *at, int *stream, const char **bytes, size_t *len)
{
	uint32_t h;

	if (part->len - *at < sizeof h)
		return false;
	h = header(part->data + *at);
	*stream = h & 1 ? 2 : 1;
	*bytes = part->data + *at + sizeof h;
	*len = h >> 1;
	*at += sizeof h + *len;
	return true;
}
