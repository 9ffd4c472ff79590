/* Invariant: the same bytes have the same identity on every system, because a log may come from another one. */
#define XXH_INLINE_ALL
#include "log/identity.h"

#include <xxhash.h>

struct identity
identity_of(const char *bytes, size_t len)
{
	XXH128_hash_t hash = XXH3_128bits(bytes, len);

	return (struct identity){ hash.high64, hash.low64 };
}

int
identity_compare(const struct identity *x, const struct identity *y)
{
	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return (x->low > y->low) - (x->low < y->low);
}
