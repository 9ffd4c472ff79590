/*
 * Fuzzes the reader of MAKEFLAGS. No text crashes it, the fields it returns agree with each other, and after a
 * replacement it reads the new jobserver, with all other flags unchanged.
 */
#include "jobserver/auth.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "standalone.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void
check_consistent(const struct jobserver_auth *a)
{
	CHECK((a->path != NULL) == (a->kind == AUTH_FIFO));
	CHECK(a->kind != AUTH_FDS || (a->read_fd > 2 && a->write_fd > 2));
	CHECK(a->jobs >= JOBS_ABSENT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_resize(NULL, size + 1, 1);
	struct jobserver_auth before, after;
	struct buf b = { 0 };

	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	jobserver_auth_parse(&before, text);
	check_consistent(&before);
	jobserver_auth_replace(&b, text, "-j7 --jobserver-auth=5,6");
	buf_addc(&b, '\0');
	jobserver_auth_parse(&after, b.data);
	check_consistent(&after);
	CHECK(after.kind == AUTH_FDS && after.read_fd == 5 && after.write_fd == 6 && after.jobs == 7);
	CHECK(after.dry_run == before.dry_run && after.question == before.question && after.touch == before.touch);
	jobserver_auth_free(&before);
	jobserver_auth_free(&after);
	buf_free(&b);
	free(text);
	return 0;
}
