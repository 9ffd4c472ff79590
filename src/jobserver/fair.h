/* fair: decides which jobs are offered the tokens that nobody uses. It uses no fd. */
#ifndef QPOOL_FAIR_H
#define QPOOL_FAIR_H

#include <stddef.h>
#include <stdint.h>

/* One job that may take tokens: what it did with those that it was offered, and how many it will be offered. */
struct fair_share {
	void *who;      /* the caller's */
	int64_t passed; /* when it last left one untaken, by any clock that only grows; 0: it took all it was offered */
	unsigned parked; /* offered to it now, untaken */
	unsigned in_use; /* tokens that it uses */
	unsigned target; /* result: tokens that it must be offered */
};

/*
 * Sets each target, and sorts the shares by who gets more. The tokens are spread evenly. A remainder goes to those who
 * took what they were offered, first to those who use the fewest, and then to those who left one untaken the longest
 * time ago. So a single token goes round until somebody wants it.
 */
void fair_spread(struct fair_share *s, size_t count, unsigned tokens);

#endif
