/*
 * identity: by what a task is known again in another run: 128 bits of its bytes, so that no two tasks of one log ever
 * share one.
 */
#ifndef QPOOL_IDENTITY_H
#define QPOOL_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

struct identity {
	uint64_t high, low;
};

struct identity identity_of(const char *bytes, size_t len);
/* Any order, but always the same: below 0, 0, above 0. */
int identity_compare(const struct identity *x, const struct identity *y);

#endif
