/* Invariant: the file holds what came first, `bytes` what came after it. */
#include "pool/kept.h"

#include <errno.h>
#include <unistd.h>

#include "base/write-all.h"
#include "output/spill.h"

enum { MEMORY = 64 << 10 };

static int
spill(struct kept *k)
{
	if (k->fd == 0)
		k->fd = spill_file();
	if (k->fd == -1 || write_all(k->fd, k->bytes.data, k->bytes.len) == -1) {
		k->lost = true;
		buf_free(&k->bytes);
		return -1;
	}
	k->bytes.len = 0;
	return 0;
}

int
kept_add(struct kept *k, const char *bytes, size_t len)
{
	if (k->lost)
		return 0;
	buf_add(&k->bytes, bytes, len);
	return k->bytes.len > MEMORY ? spill(k) : 0;
}

int
kept_seal(struct kept *k)
{
	return !k->lost && k->fd > 0 && k->bytes.len > 0 ? spill(k) : 0;
}

int
kept_take(struct kept *k, struct buf *bytes, int *fd)
{
	int result = kept_seal(k), saved = errno;

	*fd = -1;
	if (!k->lost && k->fd > 0) {
		*fd = k->fd;
		k->fd = 0;
	} else if (!k->lost) {
		*bytes = k->bytes;
		k->bytes = (struct buf){ 0 };
	}
	kept_free(k);
	errno = saved;
	return result;
}

void
kept_free(struct kept *k)
{
	buf_free(&k->bytes);
	if (k->fd > 0)
		close(k->fd);
	*k = (struct kept){ 0 };
}
