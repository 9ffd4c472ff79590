/* store: output comes back in order from memory and from the spill, with the stream of each byte. */
#include "output/store.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

enum { EXTENT_HEADER = 16, SEGMENT_HEADER = 4 }; /* bytes */

/* Takes everything out: 1 or 2 for the stream, then the bytes. */
static void
take_all(struct store *s, struct spill *spill, struct buf *out)
{
	struct buf part = { 0 };
	const char *bytes;
	int stream;
	size_t len;

	while (store_take(s, spill, &part) == 1)
		for (size_t at = 0; segment_next(&part, &at, &stream, &bytes, &len);) {
			buf_addf(out, "%d", stream);
			buf_add(out, bytes, len);
		}
	buf_free(&part);
}

static void
gives(struct store *s, struct spill *spill, const char *want, const char *behaviour)
{
	struct buf out = { 0 };

	take_all(s, spill, &out);
	if (!tap_ok(out.len == strlen(want) && (out.len == 0 || memcmp(out.data, want, out.len) == 0) && store_empty(s),
		"store: %s", behaviour))
		printf("# got %.*s\n", (int)out.len, out.len > 0 ? out.data : "");
	buf_free(&out);
}

static void
test_memory(void)
{
	struct spill *spill = spill_new(UINT64_MAX);
	struct store s = { 0 };
	struct buf part = { 0 };

	tap_ok(
	    store_empty(&s) && store_memory(&s) == 0 && store_take(&s, spill, &part) == 0, "store: is empty at first");
	tap_ok(store_flush(&s, spill) == 0 && spill_used(spill) == 0, "store: flushing an empty one writes nothing");
	store_add(&s, 1, "a", 1);
	store_add(&s, 1, "b\n", 2);
	store_add(&s, 2, "e", 1);
	store_add(&s, 1, "c", 1);
	tap_ok(!store_empty(&s) && store_memory(&s) > 0, "store: with output it is not empty, and takes memory");
	gives(&s, spill, "1ab\n2e1c", "segments of memory come in order, joined if the stream is the same");
	store_add(&s, 2, "x", 1);
	gives(&s, spill, "2x", "an emptied one can be used again");
	store_add(&s, 1, "x", 1);
	store_free(&s);
	spill_free(spill);
}

static void
test_chain(void)
{
	const uint64_t extent_a = EXTENT_HEADER + SEGMENT_HEADER + 3, extent_b = EXTENT_HEADER + SEGMENT_HEADER + 2;
	struct spill *spill = spill_new(UINT64_MAX);
	struct store a = { 0 }, b = { 0 };

	for (int i = 0; i < 3; i++) {
		store_add(&a, 1 + i % 2, "aaa", 3);
		store_add(&b, 1, "bb", 2);
		tap_ok(store_flush(&a, spill) == 0 && store_flush(&b, spill) == 0 && store_memory(&a) == 0,
		    "store: flush %d releases the memory", i + 1);
	}
	store_add(&a, 1, "tail", 4);
	tap_ok(spill_used(spill) == 3 * extent_a + 3 * extent_b, "store: each flush takes one extent");
	gives(&a, spill, "1aaa2aaa1aaa1tail", "the spill comes before the memory");
	tap_ok(spill_used(spill) == 3 * extent_b, "store: extents that were taken are released");
	gives(&b, spill, "1bb1bb1bb", "two stores share a spill");
	tap_ok(spill_used(spill) == 0, "store: at the end the spill is empty");
	store_add(&a, 2, "again", 5);
	tap_ok(store_flush(&a, spill) == 0, "store: it can be flushed again");
	gives(&a, spill, "2again", "output in a spill that was emptied");
	spill_free(spill);
}

/* Output that is added while the chain is being read follows it. */
static void
test_growing_chain(void)
{
	struct spill *spill = spill_new(UINT64_MAX);
	struct store s = { 0 };
	struct buf part = { 0 };

	store_add(&s, 1, "a", 1);
	store_flush(&s, spill);
	store_add(&s, 1, "b", 1);
	store_flush(&s, spill);
	tap_ok(store_take(&s, spill, &part) == 1 && part.len == 5 && part.data[4] == 'a',
	    "store: the first part is taken");
	store_add(&s, 1, "c", 1);
	store_flush(&s, spill);
	gives(&s, spill, "1b1c", "what was flushed meanwhile follows");
	tap_ok(store_take(&s, spill, &part) == 0, "store: after the last part nothing is taken");
	buf_free(&part);
	spill_free(spill);
}

static void
test_bound(void)
{
	struct spill *spill = spill_new(100);
	struct store s = { 0 };
	char bytes[100] = { 0 };

	store_add(&s, 1, bytes, 81);
	errno = 0;
	tap_ok(store_flush(&s, spill) == -1 && errno == ENOSPC && spill_used(spill) == 0,
	    "store: a flush beyond the bound of the spill is an error");
	tap_ok(!store_empty(&s) && store_memory(&s) >= 85, "store: then the output stays in memory");
	buf_free(&s.tail);
	store_add(&s, 1, bytes, 80);
	tap_ok(store_flush(&s, spill) == 0 && spill_used(spill) == 100, "store: a flush within the bound succeeds");
	store_take(&s, spill, &s.tail);
	tap_ok(spill_used(spill) == 0, "store: taking it releases the space");
	store_free(&s);
	spill_free(spill);
}

int
main(void)
{
	test_memory();
	test_chain();
	test_growing_chain();
	test_bound();
	return tap_done();
}
