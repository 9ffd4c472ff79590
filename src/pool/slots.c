#include "pool/slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
slots_init(struct slots *s)
{
	*s = (struct slots){ .lowest = 1 };
}

void
slots_free(struct slots *s)
{
	free(s->used);
	slots_init(s);
}

static void
grow(struct slots *s)
{
	unsigned capacity = s->capacity != 0 ? 2 * s->capacity : 16;

	s->used = mem_resize(s->used, capacity + 1, 1);
	memset(s->used + s->capacity + 1, 0, capacity - s->capacity);
	s->capacity = capacity;
}

unsigned
slots_acquire(struct slots *s)
{
	unsigned slot = s->lowest;

	while (slot <= s->capacity && s->used[slot])
		slot++;
	if (slot > s->capacity)
		grow(s);
	s->used[slot] = 1;
	s->lowest = slot + 1;
	return slot;
}

void
slots_release(struct slots *s, unsigned slot)
{
	s->used[slot] = 0;
	if (slot < s->lowest)
		s->lowest = slot;
}
