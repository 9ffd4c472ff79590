/* buf: bytes that grow. */
#ifndef QPOOL_BUF_H
#define QPOOL_BUF_H

#include <stddef.h>
#include <string.h>

struct buf {
	char *data;      /* owned; NULL while capacity is 0; not NUL-terminated */
	size_t len;      /* bytes in use */
	size_t capacity; /* bytes allocated */
};

/* What buf_reserve does when there is too little capacity. */
void buf_grow(struct buf *b, size_t more);

/* Makes capacity for `more` bytes behind len. Inline, as the next three are: a log of a million records appends some ten million times. */
static inline void
buf_reserve(struct buf *b, size_t more)
{
	if (more > b->capacity - b->len)
		buf_grow(b, more);
}

/* Appends. `bytes` must not point into b. */
static inline void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	buf_reserve(b, len);
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

static inline void
buf_addc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->data[b->len++] = c;
}

static inline void
buf_adds(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

/* Appends what printf(3) would print. */
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Removes the first `len` bytes. */
void buf_drop(struct buf *b, size_t len);
/* Frees the memory; b is then empty and usable. */
void buf_free(struct buf *b);

#endif
