/* fair: decides which jobs are offered the tokens that no job uses. This module uses no fd. */
#ifndef QPOOL_FAIR_H
#define QPOOL_FAIR_H

#include <stddef.h>
#include <stdint.h>

/* One job that may take tokens: how it used earlier offers, and how many tokens to offer now. */
struct fair_share {
	void *who;       /* for the caller */
	int64_t passed;  /* when it last left a token untaken, by any monotonic clock; 0: it took all tokens */
	unsigned parked; /* tokens that are offered to it and not taken */
	unsigned in_use; /* tokens that it uses */
	unsigned target; /* result: number of tokens to offer to it */
};

/*
 * Sets the target of each share, and sorts the shares so that the first gets the most. The tokens are spread evenly.
 * The remainder goes first to the jobs that took all tokens offered to them, beginning with the job that uses the
 * fewest; then to the other jobs, beginning with the job that left a token untaken the longest time ago. So a single
 * token is offered to one job after another until one takes it.
 */
void fair_spread(struct fair_share *s, size_t count, unsigned tokens);

#endif
