/* budget: who is offered the tokens that nobody uses. Decides, touches no fd. */
#ifndef QPOOL_BUDGET_H
#define QPOOL_BUDGET_H

#include <stddef.h>
#include <stdint.h>

/* One who may take tokens: what it did with those it was offered, and how many it is to be offered now. */
struct budget_share {
	void *who;       /* the caller's */
	int64_t passed;  /* when it last left one untaken, by any clock that only grows; 0: it took what there was */
	unsigned parked; /* lie with it, untaken */
	unsigned held;   /* it uses */
	unsigned target; /* are to lie with it */
};

/*
 * Sets each target, and puts the shares into the order of who is to have more. The tokens are spread evenly; where that leaves a remainder, those get
 * one more who took what they were offered, of these the ones who use the fewest, then those who left it longest ago: so one token goes round until
 * somebody wants it.
 */
void budget_spread(struct budget_share *s, size_t count, unsigned tokens);

#endif
