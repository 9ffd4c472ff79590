/* buf: bytes that grow. */
#ifndef QPOOL_BUF_H
#define QPOOL_BUF_H

#include <stddef.h>

struct buf {
	char *data;  /* owned; NULL while room is 0; not NUL-terminated */
	size_t len;  /* bytes in use */
	size_t room; /* bytes allocated */
};

/* Makes room for `more` bytes behind len. */
void buf_reserve(struct buf *b, size_t more);
/* Appends. `bytes` must not point into b. */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *text);
/* Appends what printf(3) would print. */
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Removes the first `len` bytes. */
void buf_drop(struct buf *b, size_t len);
/* Frees the memory; b is then empty and usable. */
void buf_free(struct buf *b);

#endif
