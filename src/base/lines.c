/*
 * Invariants: start <= scanned <= buffer.len, and no delimiter lies between start and scanned. No byte of a line
 * that is known to be too long is stored; `dropped` counts them. Behind buffer.len there is always capacity for one
 * NUL. Bytes are moved to the front of the buffer only if no more bytes move than were consumed, or if the buffer
 * would otherwise exceed its bound: so each byte is moved O(1) times.
 */
#include "base/lines.h"

#include <string.h>

#include "base/mem.h"

enum { PAGE = 4096 };

void
lines_init(struct lines *l, char delimiter, bool skip_empty, size_t max_len)
{
	*l = (struct lines){
		.delimiter = delimiter,
		.skip_empty = skip_empty,
		.max_len = max_len < SIZE_MAX / 4 ? max_len : SIZE_MAX / 4, /* sums of it must fit in size_t */
	};
}

static void
move_to_front(struct lines *l)
{
	buf_drop(&l->buffer, l->start);
	l->scanned -= l->start;
	l->start = 0;
}

/* Not buf_reserve, which doubles the capacity past the bound. */
static void
grow(struct lines *l, size_t need, size_t bound)
{
	size_t capacity = 2 * l->buffer.capacity;

	if (capacity < need)
		capacity = need;
	if (capacity > bound && need <= bound)
		capacity = bound;
	l->buffer.data = mem_resize(l->buffer.data, capacity, 1);
	l->buffer.capacity = capacity;
}

char *
lines_space(struct lines *l, size_t want)
{
	struct buf *b = &l->buffer;
	size_t bound = l->max_len + 2 * want + PAGE;

	if (b->capacity < b->len + want + 1 && (l->start >= b->len - l->start || b->len + want + 1 > bound))
		move_to_front(l);
	if (b->capacity < b->len + want + 1)
		grow(l, b->len + want + 1, bound);
	return b->data + b->len;
}

void
lines_fed(struct lines *l, size_t len)
{
	l->buffer.len += len;
}

void
lines_end(struct lines *l)
{
	l->ended = true;
}

/* Returns the line of `len` buffered bytes from `start`, and continues at `next`. */
static enum lines_result
take_line(struct lines *l, struct line *out, size_t len, size_t next)
{
	char *text = l->buffer.data + l->start;

	out->number = ++l->number;
	out->len = l->dropped + len;
	l->start = l->scanned = next;
	if (out->len > l->max_len) {
		out->text = NULL;
		l->dropped = 0;
		return LINES_LONG;
	}
	text[len] = '\0';
	out->text = text;
	return memchr(text, '\0', len) != NULL ? LINES_NUL : LINES_LINE;
}

/* The buffer has no delimiter. */
static enum lines_result
take_rest(struct lines *l, struct line *out)
{
	size_t left = l->buffer.len - l->start;

	if (l->ended && l->dropped + left > 0)
		return take_line(l, out, left, l->buffer.len);
	if (l->dropped + left > l->max_len) {
		l->dropped += left;
		l->start = l->scanned = l->buffer.len = 0;
	}
	return LINES_NONE;
}

enum lines_result
lines_next(struct lines *l, struct line *out)
{
	struct buf *b = &l->buffer;

	while (l->scanned < b->len) {
		const char *end = memchr(b->data + l->scanned, l->delimiter, b->len - l->scanned);
		size_t at;

		if (end == NULL) {
			l->scanned = b->len;
			break;
		}
		at = (size_t)(end - b->data);
		if (at > l->start || l->dropped > 0 || !l->skip_empty)
			return take_line(l, out, at - l->start, at + 1);
		l->start = l->scanned = at + 1;
		l->number++;
	}
	return take_rest(l, out);
}

void
lines_drop_partial(struct lines *l)
{
	while (l->buffer.len > l->start && l->buffer.data[l->buffer.len - 1] != l->delimiter)
		l->buffer.len--;
	if (l->scanned > l->buffer.len)
		l->scanned = l->buffer.len;
	l->dropped = 0;
}

void
lines_free(struct lines *l)
{
	buf_free(&l->buffer);
}
