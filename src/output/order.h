/*
 * order: computes where the index of waiting outputs stores the entry of each turn (the position of a task's output in
 * the order of output), without a table that has to grow.
 *
 * Entries are numbered from 0 and stored in segments, each twice as long as the one before. So a small array can hold
 * the positions of all segments, whatever the number of entries, and a segment is created only when one of its entries
 * is written.
 */
#ifndef QPOOL_ORDER_H
#define QPOOL_ORDER_H

#include <stdint.h>

enum { ORDER_FIRST_SEGMENT = 512 /* entries */, ORDER_SEGMENTS = 48 };

struct order_place {
	unsigned segment; /* 0..ORDER_SEGMENTS-1 */
	uint64_t at;      /* entry in the segment, from 0 */
};

/* Returns the place of entry `number`, which must be below 2^56. */
struct order_place order_locate(uint64_t number);
/* Returns the number of entries of a segment. */
uint64_t order_segment_entries(unsigned segment);

#endif
