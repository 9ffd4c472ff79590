/* Invariant: segment s holds the entries from 512 * (2^s - 1) to 512 * (2^(s+1) - 1) - 1. */
#include "output/order.h"

struct order_place
order_locate(uint64_t number)
{
	uint64_t blocks = number / ORDER_FIRST_SEGMENT + 1;
	struct order_place place = { 0 };

	while (blocks >> (place.segment + 1) != 0)
		place.segment++;
	place.at = number - ORDER_FIRST_SEGMENT * ((UINT64_C(1) << place.segment) - 1);
	return place;
}

uint64_t
order_segment_entries(unsigned segment)
{
	return (uint64_t)ORDER_FIRST_SEGMENT << segment;
}
