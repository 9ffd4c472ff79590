/* buf: a growing array of bytes. */
#ifndef QPOOL_BUF_H
#define QPOOL_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

/*
 * The caller zero-initializes it, and buf_free releases it. No function here fails: when memory runs out, they abort
 * (mem.h).
 */
struct buf {
	char *data;      /* owned; NULL while capacity is 0; not NUL-terminated */
	size_t len;      /* bytes in use */
	size_t capacity; /* bytes allocated */
};

/* The slow path of buf_reserve: reallocates to at least twice the capacity. */
void buf_grow(struct buf *b, size_t more);

/*
 * Makes sure that `more` bytes can be written at data + len; the caller writes them and then increases `len`. This and
 * the next three functions are inline because a log of a million records makes about ten million of these calls.
 */
static inline void
buf_reserve(struct buf *b, size_t more)
{
	if (more > b->capacity - b->len)
		buf_grow(b, more);
}

/* Appends `len` bytes, which must not lie in `b` itself. */
static inline void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	buf_reserve(b, len);
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

/* Appends one byte. */
static inline void
buf_addc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->data[b->len++] = c;
}

/* Appends a string without its NUL. */
static inline void
buf_adds(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

/* Appends what printf(3) would print. */
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends what vprintf(3) would print. */
void buf_addv(struct buf *b, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
/* Removes the first `len` bytes, at most b->len. */
void buf_drop(struct buf *b, size_t len);
/* Frees the memory; `b` is then empty and can be used again. */
void buf_free(struct buf *b);

#endif
