/* mem: allocation that cannot fail halfway through a caller's bookkeeping. */
#ifndef QPOOL_MEM_H
#define QPOOL_MEM_H

#include <stddef.h>

/*
 * What is small and bounded (a slot's struct, an option's string) is allocated
 * with these. When memory is gone they write one line to stderr and abort(3);
 * the keeper then ends the workers, so that even this path leaves no orphan.
 * They never return NULL; the caller owns what they return, to free(3).
 */
void *mem_alloc(size_t size);                           /* zeroed */
void *mem_resize(void *old, size_t count, size_t size); /* overflow-checked */
char *mem_strdup(const char *text);
char *mem_dup(const void *bytes, size_t len); /* with a NUL behind */

#endif
