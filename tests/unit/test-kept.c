/* kept: output in memory and in a file, complete or lost. */
#include "pool/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/spill.h"
#include "tap.h"

static int spill_errno; /* of spill_file; 0: none */

/* Replaces that of spill.c. */
int
spill_file(void)
{
	FILE *f = spill_errno == 0 ? tmpfile() : NULL;
	int fd = f != NULL ? dup(fileno(f)) : -1;

	if (f != NULL)
		fclose(f);
	errno = spill_errno;
	return fd;
}

static char part[40000];

static void
test_memory(void)
{
	struct kept k = { 0 };
	struct buf b = { 0 };
	int fd = -2;

	tap_ok(kept_add(&k, "ab", 2) == 0 && kept_add(&k, "c", 1) == 0, "kept: a little is added");
	tap_ok(kept_take(&k, &b, &fd) == 0 && fd == -1 && b.len == 3 && memcmp(b.data, "abc", 3) == 0,
	    "kept: a little is taken as bytes");
	tap_ok(k.bytes.len == 0 && k.fd == 0, "kept: it is empty when it was taken");
	buf_free(&b);
}

static void
test_file(void)
{
	struct kept k = { 0 };
	struct buf b = { 0 };
	char *back = malloc(4 * sizeof part);
	int fd = -2;

	memset(part, 'x', sizeof part);
	tap_ok(kept_add(&k, part, sizeof part) == 0 && k.fd == 0, "kept: 40 kB stay in memory");
	tap_ok(kept_add(&k, part, sizeof part) == 0 && k.fd > 0 && k.bytes.len == 0, "kept: 80 kB are in a file");
	tap_ok(kept_add(&k, "end", 3) == 0 && kept_take(&k, &b, &fd) == 0 && fd >= 0 && b.len == 0,
	    "kept: what is in a file is taken as a file");
	tap_ok(back != NULL && pread(fd, back, 4 * sizeof part, 0) == 2 * sizeof part + 3 &&
		memcmp(back + 2 * sizeof part, "end", 3) == 0,
	    "kept: the file holds everything in order");
	close(fd);
	free(back);
}

static void
test_lost(void)
{
	struct kept k = { 0 };
	struct buf b = { 0 };
	int fd = -2;

	spill_errno = ENOSPC;
	kept_add(&k, part, sizeof part);
	tap_ok(kept_add(&k, part, sizeof part) == -1 && errno == ENOSPC, "kept: a full disk is an error");
	tap_ok(kept_add(&k, "x", 1) == 0 && k.bytes.len == 0, "kept: what follows is dropped without another error");
	tap_ok(kept_take(&k, &b, &fd) == 0 && fd == -1 && b.len == 0, "kept: nothing is taken of what was lost");
	spill_errno = 0;
	tap_ok(kept_add(&k, "y", 1) == 0 && k.bytes.len == 1, "kept: afterwards it can be used again");
	kept_free(&k);
}

int
main(void)
{
	test_memory();
	test_file();
	test_lost();
	return tap_done();
}
