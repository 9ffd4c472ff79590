/* Invariant: len <= capacity, and data is NULL exactly when capacity is 0. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
buf_grow(struct buf *b, size_t more)
{
	size_t capacity = b->capacity ? b->capacity : 64;

	/*
	 * No allocation can be that large. It is treated as out of memory here, before the sum or the doubling
	 * overflows.
	 */
	if (more > SIZE_MAX / 2 - b->len)
		b->data = mem_resize(b->data, SIZE_MAX, 2);
	while (capacity < b->len + more)
		capacity *= 2;
	b->data = mem_resize(b->data, capacity, 1);
	b->capacity = capacity;
}

void
buf_addv(struct buf *b, const char *format, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	buf_reserve(b, 128);
	n = vsnprintf(b->data + b->len, b->capacity - b->len, format, ap);
	if (n > 0 && (size_t)n >= b->capacity - b->len) {
		buf_reserve(b, (size_t)n + 1);
		vsnprintf(b->data + b->len, b->capacity - b->len, format, again);
	}
	va_end(again);
	if (n > 0)
		b->len += (size_t)n;
}

void
buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_addv(b, format, ap);
	va_end(ap);
}

void
buf_drop(struct buf *b, size_t len)
{
	if (len < b->len)
		memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
