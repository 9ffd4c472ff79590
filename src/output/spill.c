/*
 * Invariants: `used` counts the extents (header and bytes) and the index entries that are in use; when it becomes 0,
 * the file is emptied and numbering starts again. `end` grows only after a complete write. Place 0 is never used, so
 * that 0 can mean "none".
 */
#include "output/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "output/order.h"
#include "sys/os.h"

struct extent {
	uint64_t next; /* place of the next extent of the chain; 0: the last */
	uint64_t len;  /* bytes that follow this header */
};

struct spill {
	int fd; /* -1: no file yet */
	uint64_t max_bytes;
	uint64_t used;
	uint64_t end;                      /* place of the next extent */
	uint64_t base;                     /* turn of index entry 0 */
	bool indexed;                      /* `base` is set */
	uint64_t segments[ORDER_SEGMENTS]; /* places; 0: not created */
};

enum { FIRST_PLACE = 8 };

struct spill *
spill_new(uint64_t max_bytes)
{
	struct spill *s = mem_alloc(sizeof *s);

	s->fd = -1;
	s->max_bytes = max_bytes;
	s->end = FIRST_PLACE;
	return s;
}

void
spill_free(struct spill *s)
{
	if (s->fd != -1)
		close(s->fd);
	free(s);
}

static int
make_named(const char *directory)
{
	char path[PATH_MAX];
	int fd, n = snprintf(path, sizeof path, "%s/qpool.XXXXXX", directory);

	if (n < 0 || (size_t)n >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd != -1)
		unlink(path);
	return fd;
}

static int
make_in(const char *directory)
{
#ifdef O_TMPFILE
	/* Such a file never has a name, so that nothing is left behind if the process is killed. */
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd != -1)
		return fd;
#endif
	return make_named(directory);
}

int
spill_file(void)
{
	const char *directory = getenv("TMPDIR");

	return make_in(directory != NULL && *directory != '\0' ? directory : "/var/tmp");
}

static int
open_file(struct spill *s)
{
	if (s->fd == -1)
		s->fd = spill_file();
	return s->fd == -1 ? -1 : 0;
}

static int
write_whole(int fd, const void *bytes, size_t len, uint64_t at)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? ENOSPC : errno;
			return -1;
		}
		p += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

static int
read_whole(int fd, void *bytes, size_t len, uint64_t at)
{
	char *p = bytes;

	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			return -1;
		}
		p += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

static bool
fits(const struct spill *s, uint64_t more)
{
	if (s->used <= s->max_bytes && more <= s->max_bytes - s->used)
		return true;
	errno = ENOSPC;
	return false;
}

static int
write_extent(struct spill *s, const void *bytes, size_t len)
{
	struct extent head = { .len = len };
	struct iovec part[2] = { { &head, sizeof head }, { (void *)(uintptr_t)bytes, len } };
	ssize_t n = pwritev(s->fd, part, 2, (off_t)s->end);

	if (n == (ssize_t)(sizeof head + len))
		return 0;
	/* A short or interrupted write. These writes complete it, or find the error. */
	if (write_whole(s->fd, &head, sizeof head, s->end) == -1)
		return -1;
	return write_whole(s->fd, bytes, len, s->end + sizeof head);
}

uint64_t
spill_append(struct spill *s, const void *bytes, size_t len, uint64_t before)
{
	uint64_t place = s->end, size = sizeof(struct extent) + len;

	if (!fits(s, size) || open_file(s) == -1)
		return 0;
	if (write_extent(s, bytes, len) == -1)
		return 0;
	if (before != 0 && write_whole(s->fd, &place, sizeof place, before + offsetof(struct extent, next)) == -1)
		return 0;
	s->end += size;
	s->used += size;
	return place;
}

int
spill_read(struct spill *s, uint64_t place, struct buf *b, uint64_t *next)
{
	struct extent head;

	if (read_whole(s->fd, &head, sizeof head, place) == -1)
		return -1;
	b->len = 0;
	buf_reserve(b, head.len);
	if (read_whole(s->fd, b->data, head.len, place + sizeof head) == -1)
		return -1;
	b->len = head.len;
	*next = head.next;
	return 0;
}

static void
count_less(struct spill *s, uint64_t size)
{
	s->used -= size;
	if (s->used > 0)
		return;
	/* Only saves disk space; if the file cannot be truncated, it stays in use as it is. */
	if (ftruncate(s->fd, 0) == -1)
		return;
	s->end = FIRST_PLACE;
	s->indexed = false;
	memset(s->segments, 0, sizeof s->segments);
}

void
spill_release(struct spill *s, uint64_t place, size_t len)
{
	os_punch(s->fd, (off_t)place, (off_t)(sizeof(struct extent) + len));
	count_less(s, sizeof(struct extent) + len);
}

/* Returns the offset of the index entry of a turn in the file, 0 if its segment has not been created. */
static uint64_t
entry_offset(const struct spill *s, uint64_t turn, struct order_place *where)
{
	*where = order_locate(turn - s->base);
	if (s->segments[where->segment] == 0)
		return 0;
	return s->segments[where->segment] + where->at * sizeof(uint64_t);
}

int
spill_index_put(struct spill *s, uint64_t turn, uint64_t oldest, uint64_t place)
{
	struct order_place where;
	uint64_t at;

	if (!fits(s, sizeof place) || open_file(s) == -1)
		return -1;
	if (!s->indexed) {
		s->base = oldest;
		s->indexed = true;
	}
	at = entry_offset(s, turn, &where);
	if (at == 0) {
		/*
		 * A segment is a hole: entries that were never written read as 0. The file is truncated first,
		 * because an append that failed half-way may have left bytes here, and then extended at once, so that
		 * all entries can be read.
		 */
		uint64_t size = order_segment_entries(where.segment) * sizeof(uint64_t);

		if (ftruncate(s->fd, (off_t)s->end) == -1 || ftruncate(s->fd, (off_t)(s->end + size)) == -1)
			return -1;
		s->segments[where.segment] = s->end;
		at = s->end + where.at * sizeof(uint64_t);
		s->end += size;
	}
	if (write_whole(s->fd, &place, sizeof place, at) == -1)
		return -1;
	s->used += sizeof place;
	return 0;
}

uint64_t
spill_index_take(struct spill *s, uint64_t turn)
{
	struct order_place where;
	uint64_t at, place;

	if (s->fd == -1 || !s->indexed || turn < s->base)
		return 0;
	at = entry_offset(s, turn, &where);
	if (at == 0)
		return 0;
	if (read_whole(s->fd, &place, sizeof place, at) == -1)
		return UINT64_MAX;
	if (place != 0)
		count_less(s, sizeof place);
	return place;
}

uint64_t
spill_used(const struct spill *s)
{
	return s->used;
}
