/* store and spill: output that goes through a file comes back in order, room is bounded and given back, and the index finds each turn. */
#include "output/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "tap.h"

enum { EXTENT_HEADER = 16, ENTRY = 8 };

static size_t write_at_most = SIZE_MAX; /* bytes of one append, then the disk is full */
static bool disk_is_full;

/* These stand before libc's, for a disk that is full half-way. */
ssize_t
pwritev(int fd, const struct iovec *part, int count, off_t at)
{
	size_t first = part[0].iov_len < write_at_most ? part[0].iov_len : write_at_most;
	ssize_t n = pwrite(fd, part[0].iov_base, first, at);

	if (n == (ssize_t)part[0].iov_len && count > 1 && write_at_most == SIZE_MAX) {
		ssize_t more = pwrite(fd, part[1].iov_base, part[1].iov_len, at + n);

		return more == -1 ? n : n + more;
	}
	return n;
}

ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	if (disk_is_full && len > write_at_most) {
		syscall(SYS_pwrite64, fd, bytes, write_at_most, at);
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}

static void
full_after(size_t bytes)
{
	disk_is_full = bytes != SIZE_MAX;
	write_at_most = bytes;
}

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
gives(struct store *s, struct spill *spill, const char *want, const char *what)
{
	struct buf out = { 0 };

	take_all(s, spill, &out);
	if (!tap_ok(out.len == strlen(want) && (out.len == 0 || memcmp(out.data, want, out.len) == 0), "%s", what))
		printf("# got %.*s\n", (int)out.len, out.len > 0 ? out.data : "");
	tap_ok(store_empty(s), "%s: nothing is left", what);
	buf_free(&out);
}

static void
test_memory(void)
{
	struct spill *spill = spill_new(UINT64_MAX);
	struct store s = { 0 };
	struct buf part = { 0 };

	tap_ok(store_empty(&s) && store_memory(&s) == 0 && store_take(&s, spill, &part) == 0, "an empty store");
	tap_ok(store_flush(&s, spill) == 0 && spill_used(spill) == 0, "nothing to flush");
	store_add(&s, 1, "a", 1);
	store_add(&s, 1, "b\n", 2);
	store_add(&s, 2, "e", 1);
	store_add(&s, 1, "c", 1);
	tap_ok(!store_empty(&s) && store_memory(&s) > 0, "a store with something");
	gives(&s, spill, "1ab\n2e1c", "segments in memory, joined where the stream is the same");
	store_add(&s, 2, "x", 1);
	gives(&s, spill, "2x", "once more");
	store_add(&s, 1, "x", 1);
	store_free(&s);
	spill_free(spill);
}

static void
test_chain(void)
{
	struct spill *spill = spill_new(UINT64_MAX);
	struct store a = { 0 }, b = { 0 };

	for (int i = 0; i < 3; i++) {
		store_add(&a, 1 + i % 2, "aaa", 3);
		store_add(&b, 1, "bb", 2);
		tap_ok(store_flush(&a, spill) == 0 && store_flush(&b, spill) == 0 && store_memory(&a) == 0,
		    "flush %d takes the memory", i);
	}
	store_add(&a, 1, "tail", 4);
	tap_ok(spill_used(spill) == 3 * (EXTENT_HEADER + 4 + 3) + 3 * (EXTENT_HEADER + 4 + 2), "room is counted: %d",
	    (int)spill_used(spill));
	gives(&a, spill, "1aaa2aaa1aaa1tail", "a chain, then the memory behind it");
	tap_ok(spill_used(spill) == 3 * (EXTENT_HEADER + 4 + 2), "its room is given back, the other's is not");
	gives(&b, spill, "1bb1bb1bb", "the other chain between it");
	tap_ok(spill_used(spill) == 0, "all room is given back");
	store_add(&a, 2, "again", 5);
	tap_ok(store_flush(&a, spill) == 0, "a flush after that");
	gives(&a, spill, "2again", "the file from its start again");
	spill_free(spill);
}

/* What is added while the chain is being read goes behind it. */
static void
test_chain_grows(void)
{
	struct spill *spill = spill_new(UINT64_MAX);
	struct store s = { 0 };
	struct buf part = { 0 };

	store_add(&s, 1, "a", 1);
	store_flush(&s, spill);
	store_add(&s, 1, "b", 1);
	store_flush(&s, spill);
	tap_ok(store_take(&s, spill, &part) == 1 && part.len == 5 && part.data[4] == 'a', "the first part");
	store_add(&s, 1, "c", 1);
	store_flush(&s, spill);
	gives(&s, spill, "1b1c", "and what was flushed behind");
	tap_ok(store_take(&s, spill, &part) == 0, "and no more");
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
	tap_ok(
	    store_flush(&s, spill) == -1 && errno == ENOSPC && spill_used(spill) == 0, "one byte more than spill-max");
	tap_ok(!store_empty(&s) && store_memory(&s) >= 85, "stays in memory");
	buf_free(&s.tail);
	store_add(&s, 1, bytes, 80);
	tap_ok(store_flush(&s, spill) == 0 && spill_used(spill) == 100, "exactly spill-max");
	tap_ok(
	    spill_append(spill, "x", 1, 0) == 0 && spill_index_put(spill, 1, 1, 8) == -1, "then nothing more goes in");
	store_take(&s, spill, &s.tail);
	tap_ok(spill_used(spill) == 0 && spill_append(spill, bytes, 84, 0) != 0,
	    "room that was given back is there again");
	store_free(&s);
	spill_free(spill);
}

static void
test_index(void)
{
	struct spill *spill = spill_new(UINT64_MAX);
	uint64_t right = 0;

	tap_ok(spill_index_take(spill, 1) == 0, "no file: no turn");
	for (uint64_t turn = 10; turn < 5000; turn += 3)
		right += spill_index_put(spill, turn, 7, turn + 100) == 0;
	tap_ok(right == 1664 && spill_used(spill) == right * ENTRY, "%d turns noted", (int)right);
	tap_ok(spill_index_take(spill, 6) == 0 && spill_index_take(spill, 1000000) == 0, "turns outside");
	right = 0;
	for (uint64_t turn = 7; turn < 5000; turn++)
		right += spill_index_take(spill, turn) == (turn >= 10 && (turn - 10) % 3 == 0 ? turn + 100 : 0);
	tap_ok(right == 4993 && spill_used(spill) == 0, "each turn is found, and those between are not");
	tap_ok(spill_index_put(spill, 3, 2, 9) == 0 && spill_index_take(spill, 3) == 9,
	    "an emptied index begins anywhere");
	tap_ok(spill_index_put(spill, UINT64_C(1) << 40, (UINT64_C(1) << 40) - 1, 9) == 0 &&
		spill_index_take(spill, UINT64_C(1) << 40) == 9,
	    "far on too");
	spill_free(spill);
}

/* Bytes of an append that failed half-way are no index entries, and the chain does not know of it. */
static void
test_full_disk(void)
{
	struct spill *spill = spill_new(UINT64_MAX);
	char bytes[8000];
	uint64_t first = spill_append(spill, "first", 5, 0), next = 1, used = spill_used(spill);
	struct buf b = { 0 };
	bool none = true;

	memset(bytes, 0x5a, sizeof(bytes));
	full_after(4000);
	errno = 0;
	tap_ok(spill_append(spill, bytes, sizeof(bytes), first) == 0 && errno == ENOSPC, "no room half-way");
	full_after(SIZE_MAX);
	tap_ok(spill_used(spill) == used && spill_read(spill, first, &b, &next) == 0 && next == 0 && b.len == 5,
	    "nothing has changed");
	tap_ok(spill_index_put(spill, 1, 1, first) == 0, "a turn noted where that was");
	for (uint64_t turn = 2; turn < 500; turn++)
		none = none && spill_index_take(spill, turn) == 0;
	tap_ok(none && spill_index_take(spill, 1) == first, "no other turn is seen");
	tap_ok(spill_append(spill, bytes, sizeof(bytes), first) != 0 && spill_read(spill, first, &b, &next) == 0 &&
		next != 0,
	    "room again");
	buf_free(&b);
	spill_free(spill);
}

static void
test_no_folder(void)
{
	const char *was = getenv("TMPDIR");
	char *keep = was == NULL ? NULL : mem_strdup(was);
	struct spill *spill = spill_new(UINT64_MAX);

	setenv("TMPDIR", "/nonexistent", 1);
	errno = 0;
	tap_ok(spill_append(spill, "x", 1, 0) == 0 && errno == ENOENT, "no folder for the file");
	setenv("TMPDIR", "", 1);
	tap_ok(spill_append(spill, "x", 1, 0) != 0, "an empty TMPDIR is none");
	if (keep != NULL)
		setenv("TMPDIR", keep, 1);
	else
		unsetenv("TMPDIR");
	free(keep);
	spill_free(spill);
}

int
main(void)
{
	test_memory();
	test_chain();
	test_chain_grows();
	test_bound();
	test_index();
	test_full_disk();
	test_no_folder();
	return tap_done();
}
