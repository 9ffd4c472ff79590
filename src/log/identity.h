/*
 * identity: a 128-bit hash of a task's bytes, which identifies the task in another run. Two tasks of one log
 * practically never have the same hash.
 */
#ifndef QPOOL_IDENTITY_H
#define QPOOL_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

struct identity {
	uint64_t high, low;
};

/* Returns the hash of `len` bytes. */
struct identity identity_of(const char *bytes, size_t len);
/* Compares two identities in an arbitrary but fixed order. Returns a number below 0, 0, or above 0. */
int identity_compare(const struct identity *x, const struct identity *y);

#endif
