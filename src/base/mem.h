/*
 * mem: allocation that does not fail.
 *
 * The functions are for small objects of bounded size, such as a slot or the string of an option. When memory runs out,
 * each function writes one line to standard error and calls abort(3), so that no caller stops half-way through its
 * bookkeeping; the keeper (worker/keeper.h) then kills the workers. No function returns NULL, and the caller frees the
 * result with free(3).
 */
#ifndef QPOOL_MEM_H
#define QPOOL_MEM_H

#include <stddef.h>

/* Returns `size` zeroed bytes. */
void *mem_alloc(size_t size);
/* Resizes like realloc(3) to count * size bytes; an overflow of the product counts as out of memory. */
void *mem_resize(void *old, size_t count, size_t size);
/* Copies a string. */
char *mem_strdup(const char *text);
/* Copies `len` bytes and appends a NUL. */
char *mem_dup(const void *bytes, size_t len);

#endif
