/*
 * identity: 128 bits of a task's bytes, by which it is recognized in another run. No two tasks of one log ever share
 * them.
 */
#ifndef QPOOL_IDENTITY_H
#define QPOOL_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

struct identity {
	uint64_t high, low;
};

/* A hash of the bytes. */
struct identity identity_of(const char *bytes, size_t len);
/* Any order, but always the same one: below 0, 0, above 0. */
int identity_compare(const struct identity *x, const struct identity *y);

#endif
