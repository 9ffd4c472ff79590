/* order: every entry has its own place, up to the largest number, and segments are filled from their start. */
#include "output/order.h"

#include "tap.h"

static bool
lies_at(uint64_t number, unsigned segment, uint64_t at)
{
	struct order_place place = order_locate(number);

	return place.segment == segment && place.at == at;
}

static void
test_edges(void)
{
	tap_ok(lies_at(0, 0, 0), "order: the first entry");
	tap_ok(lies_at(511, 0, 511), "order: the last entry of the first segment");
	tap_ok(lies_at(512, 1, 0), "order: the first entry of the second segment");
	tap_ok(lies_at(1535, 1, 1023), "order: the last entry of the second segment");
	tap_ok(lies_at(1536, 2, 0), "order: the first entry of the third segment");
}

static void
test_entries(void)
{
	bool doubled = order_segment_entries(0) == ORDER_FIRST_SEGMENT;

	for (unsigned s = 1; s < ORDER_SEGMENTS; s++)
		doubled = doubled && order_segment_entries(s) == 2 * order_segment_entries(s - 1);
	tap_ok(doubled, "order: each segment is twice as long as the one before");
}

/* Each segment begins where the previous one ends. */
static void
test_bounds(void)
{
	uint64_t first = 0;
	unsigned s;

	for (s = 0; s < ORDER_SEGMENTS; s++) {
		uint64_t entries = order_segment_entries(s);

		if (!lies_at(first, s, 0) || !lies_at(first + entries - 1, s, entries - 1))
			break;
		first += entries;
	}
	tap_ok(s == ORDER_SEGMENTS, "order: the first and the last entry of all %u segments", s);
	tap_ok(first >= UINT64_C(1) << 56, "order: the segments have places for 2^56 entries");
	tap_ok(order_locate((UINT64_C(1) << 56) - 1).segment < ORDER_SEGMENTS,
	    "order: the last of 2^56 entries is in a segment");
}

static void
test_one_after_the_other(void)
{
	struct order_place was = order_locate(0), place;
	uint64_t n;

	for (n = 1; n < 100000; n++, was = place) {
		place = order_locate(n);
		if (place.segment == was.segment ? place.at != was.at + 1
						 : place.segment != was.segment + 1 || place.at != 0)
			break;
	}
	tap_ok(n == 100000, "order: the first %llu entries follow each other", (unsigned long long)n);
}

int
main(void)
{
	test_edges();
	test_entries();
	test_bounds();
	test_one_after_the_other();
	return tap_done();
}
