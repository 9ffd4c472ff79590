/* Invariant: the targets add up to the tokens, and differ by one at most. */
#include "jobserver/fair.h"

#include <stdlib.h>

static int
by_appetite(const void *a, const void *b)
{
	const struct budget_share *x = a, *y = b;

	if (x->passed != y->passed)
		return x->passed < y->passed ? -1 : 1;
	/* Alike: where it lies it stays. */
	if (x->parked != y->parked)
		return x->parked < y->parked ? 1 : -1;
	return (x->held > y->held) - (x->held < y->held);
}

void
budget_spread(struct budget_share *s, size_t count, unsigned tokens)
{
	if (count == 0)
		return;
	qsort(s, count, sizeof *s, by_appetite);
	for (size_t i = 0; i < count; i++)
		s[i].target = tokens / (unsigned)count + (i < tokens % count);
}
