/* Invariant: no function here returns NULL. */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void
out_of_memory(void)
{
	static const char text[] = "qpool: out of memory\n";

	if (write(STDERR_FILENO, text, sizeof text - 1) == -1)
		abort();
	abort();
}

void *
mem_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
mem_resize(void *old, size_t count, size_t size)
{
	void *p;

	if (size != 0 && count > SIZE_MAX / size)
		out_of_memory();
	p = realloc(old, count == 0 || size == 0 ? 1 : count * size);
	if (p == NULL)
		out_of_memory();
	return p;
}

char *
mem_dup(const void *bytes, size_t len)
{
	char *p = mem_resize(NULL, len + 1, 1);

	if (len > 0)
		memcpy(p, bytes, len);
	p[len] = '\0';
	return p;
}

char *
mem_strdup(const char *text)
{
	return mem_dup(text, strlen(text));
}
