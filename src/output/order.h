/*
 * order: where the index of waiting outputs keeps the entry of a turn, without a table that grows.
 *
 * Entries are numbered from 0. They lie in segments, each twice as long as the one before, so that the places of all segments fit into a small array
 * for any number of entries, and a segment is made only when one of its entries is written.
 */
#ifndef QPOOL_ORDER_H
#define QPOOL_ORDER_H

#include <stdint.h>

enum { ORDER_FIRST_SEGMENT = 512, ORDER_SEGMENTS = 48 };

struct order_place {
	unsigned segment; /* 0..ORDER_SEGMENTS-1 */
	uint64_t at;      /* entry in the segment, from 0 */
};

/* Where entry `number` (below 2^56) lies. */
struct order_place order_locate(uint64_t number);
/* How many entries a segment has. */
uint64_t order_segment_entries(unsigned segment);

#endif
