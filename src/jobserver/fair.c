/* Invariant: the sum of the targets is the number of tokens, and they differ by at most 1. */
#include "jobserver/fair.h"

#include <stdlib.h>

static int
by_appetite(const void *a, const void *b)
{
	const struct fair_share *x = a, *y = b;

	if (x->passed != y->passed)
		return x->passed < y->passed ? -1 : 1;
	/* Otherwise a token stays where it is. */
	if (x->parked != y->parked)
		return x->parked < y->parked ? 1 : -1;
	return (x->in_use > y->in_use) - (x->in_use < y->in_use);
}

void
fair_spread(struct fair_share *s, size_t count, unsigned tokens)
{
	if (count == 0)
		return;
	qsort(s, count, sizeof *s, by_appetite);
	for (size_t i = 0; i < count; i++)
		s[i].target = tokens / (unsigned)count + (i < tokens % count);
}
