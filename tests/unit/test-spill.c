/* spill: extents in chains, the index of turns, the bound of the file, and a disk that is full. */
#include "output/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "tap.h"

enum { EXTENT_HEADER = 16, ENTRY = 8 }; /* bytes */

static size_t write_at_most = SIZE_MAX; /* bytes of one call, after which the disk is full */

/* These replace the ones of libc, for a disk that becomes full half-way. */
ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	if (len > write_at_most) {
		syscall(SYS_pwrite64, fd, bytes, write_at_most, at);
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}

ssize_t
pwritev(int fd, const struct iovec *part, int count, off_t at)
{
	ssize_t done = 0;

	for (int i = 0; i < count; i++) {
		ssize_t n = pwrite(fd, part[i].iov_base, part[i].iov_len, at + done);

		if (n == -1)
			return done > 0 ? done : -1;
		done += n;
	}
	return done;
}

static bool
reads(struct spill *s, uint64_t place, const char *want, uint64_t want_next)
{
	struct buf b = { 0 };
	uint64_t next = 1;
	bool good = spill_read(s, place, &b, &next) == 0 && next == want_next && b.len == strlen(want) &&
	    memcmp(b.data, want, b.len) == 0;

	buf_free(&b);
	return good;
}

static void
test_chain(void)
{
	struct spill *s = spill_new(UINT64_MAX);
	uint64_t first, second, other;

	tap_ok(spill_used(s) == 0, "spill: is empty at first");
	first = spill_append(s, "first", 5, 0);
	other = spill_append(s, "x", 1, 0);
	tap_ok(first != 0 && reads(s, first, "first", 0), "spill: an extent is read back");
	second = spill_append(s, "second", 6, first);
	tap_ok(reads(s, first, "first", second) && reads(s, second, "second", 0),
	    "spill: a chain continues behind others");
	tap_ok(reads(s, other, "x", 0), "spill: another chain is not changed");
	tap_ok(spill_used(s) == 3 * EXTENT_HEADER + 12, "spill: headers and bytes are counted");
	spill_release(s, first, 5);
	spill_release(s, second, 6);
	tap_ok(spill_used(s) == EXTENT_HEADER + 1 && reads(s, other, "x", 0),
	    "spill: a released extent leaves the others");
	spill_release(s, other, 1);
	tap_ok(spill_used(s) == 0 && spill_append(s, "again", 5, 0) == first, "spill: an empty file starts again");
	spill_free(s);
}

static void
test_bound(void)
{
	struct spill *s = spill_new(100);
	char bytes[100] = { 0 };
	uint64_t place;

	errno = 0;
	tap_ok(spill_append(s, bytes, 85, 0) == 0 && errno == ENOSPC && spill_used(s) == 0,
	    "spill: bound: one byte more is rejected");
	place = spill_append(s, bytes, 84, 0);
	tap_ok(place != 0 && spill_used(s) == 100, "spill: bound: exactly the bound is accepted");
	tap_ok(spill_append(s, "x", 1, 0) == 0 && spill_index_put(s, 1, 1, 8) == -1,
	    "spill: bound: then extents and index entries are rejected");
	spill_release(s, place, 84);
	tap_ok(spill_append(s, bytes, 84, 0) != 0, "spill: bound: released space is available again");
	spill_free(s);
}

static void
test_index(void)
{
	const uint64_t far = UINT64_C(1) << 40;
	struct spill *s = spill_new(UINT64_MAX);
	uint64_t right = 0;

	tap_ok(spill_index_take(s, 1) == 0, "spill: index: without a file no turn is found");
	for (uint64_t turn = 10; turn < 5000; turn += 3)
		right += spill_index_put(s, turn, 7, turn + 100) == 0;
	tap_ok(right == 1664 && spill_used(s) == right * ENTRY, "spill: index: 1664 turns are stored");
	tap_ok(spill_index_take(s, 6) == 0 && spill_index_take(s, 1000000) == 0,
	    "spill: index: turns outside are not found");
	right = 0;
	for (uint64_t turn = 7; turn < 5000; turn++)
		right += spill_index_take(s, turn) == (turn >= 10 && (turn - 10) % 3 == 0 ? turn + 100 : 0);
	tap_ok(right == 4993 && spill_used(s) == 0, "spill: index: exactly the turns that were stored are found");
	tap_ok(spill_index_put(s, 3, 2, 9) == 0 && spill_index_take(s, 3) == 9,
	    "spill: index: an emptied one begins anywhere");
	tap_ok(spill_index_put(s, far, far - 1, 9) == 0 && spill_index_take(s, far) == 9, "spill: index: turn 2^40");
	spill_free(s);
}

/* What a failed append has written must not appear as index entries. */
static void
test_full_disk(void)
{
	struct spill *s = spill_new(UINT64_MAX);
	char bytes[8000];
	uint64_t first = spill_append(s, "first", 5, 0), used = spill_used(s), next = 0;
	struct buf b = { 0 };
	bool none = true;

	memset(bytes, 0x5a, sizeof(bytes));
	write_at_most = 4000;
	errno = 0;
	tap_ok(spill_append(s, bytes, sizeof(bytes), first) == 0 && errno == ENOSPC, "spill: full disk: is reported");
	write_at_most = SIZE_MAX;
	tap_ok(spill_used(s) == used && reads(s, first, "first", 0), "spill: full disk: nothing has changed");
	tap_ok(spill_index_put(s, 1, 1, first) == 0, "spill: full disk: an index entry is stored in the same place");
	for (uint64_t turn = 2; turn < 500; turn++)
		none = none && spill_index_take(s, turn) == 0;
	tap_ok(none && spill_index_take(s, 1) == first, "spill: full disk: no byte of it appears as an index entry");
	tap_ok(spill_append(s, bytes, sizeof(bytes), first) != 0 && spill_read(s, first, &b, &next) == 0 && next != 0,
	    "spill: full disk: with free space again it continues");
	buf_free(&b);
	spill_free(s);
}

static void
test_file(void)
{
	struct stat st;
	int fd = spill_file();

	tap_ok(fd != -1 && fstat(fd, &st) == 0 && st.st_nlink == 0 && (st.st_mode & 077) == 0,
	    "spill: the file has no name, and only its user may read it");
	tap_ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "spill: the file is close-on-exec");
	close(fd);
}

static void
test_directory(void)
{
	const char *was = getenv("TMPDIR");
	char *keep = was == NULL ? NULL : mem_strdup(was);
	struct spill *s = spill_new(UINT64_MAX);

	setenv("TMPDIR", "/nonexistent", 1);
	errno = 0;
	tap_ok(spill_append(s, "x", 1, 0) == 0 && errno == ENOENT, "spill: TMPDIR that does not exist is an error");
	setenv("TMPDIR", "", 1);
	tap_ok(spill_append(s, "x", 1, 0) != 0, "spill: an empty TMPDIR counts as unset");
	if (keep != NULL)
		setenv("TMPDIR", keep, 1);
	else
		unsetenv("TMPDIR");
	free(keep);
	spill_free(s);
}

int
main(void)
{
	test_chain();
	test_bound();
	test_index();
	test_full_disk();
	test_file();
	test_directory();
	return tap_done();
}
