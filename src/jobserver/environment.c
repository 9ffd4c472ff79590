#include "jobserver/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "jobserver/auth.h"

enum { VARIABLE_PART = 64 }; /* bytes that can change: the digits of a path and of the budget */

const char *
environment_safe_directory(void)
{
	/* Blanks, commas, and what make or a shell would interpret, would break MAKEFLAGS. */
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@%:~";
	const char *directory = getenv("TMPDIR");

	if (directory == NULL || *directory != '/' || strspn(directory, plain) != strlen(directory) ||
	    access(directory, W_OK | X_OK) == -1)
		return "/tmp";
	return directory;
}

static void
add_options(struct buf *b, const struct jobserver_names *n)
{
	/*
	 * A recipe that runs $(MAKE) $(MFLAGS) hands on the number as -j: without it, a make would understand that as
	 * unlimited (seen with GNU make 4.3 and 4.4.1).
	 */
	switch (n->style) {
	case STYLE_AUTO:
		buf_addf(b, "-j%u --jobserver-fds=%d,%d --jobserver-auth=fifo:%s --jobserver-a=%d,%d", n->budget,
		    n->read_fd, n->write_fd, n->path, n->read_fd, n->write_fd);
		break;
	case STYLE_FIFO: buf_addf(b, "-j%u --jobserver-auth=fifo:%s", n->budget, n->path); break;
	case STYLE_PIPE: buf_addf(b, "-j%u --jobserver-auth=%d,%d", n->budget, n->read_fd, n->write_fd); break;
	}
	buf_addc(b, '\0');
}

void
environment_make(const struct jobserver_names *names, struct buf *makeflags, struct buf *cargo_makeflags)
{
	struct buf options = { 0 };

	add_options(&options, names);
	makeflags->len = cargo_makeflags->len = 0;
	buf_adds(makeflags, "MAKEFLAGS=");
	jobserver_auth_replace(makeflags, getenv("MAKEFLAGS"), options.data);
	buf_addc(makeflags, '\0');
	buf_adds(cargo_makeflags, "CARGO_MAKEFLAGS=");
	buf_add(cargo_makeflags, options.data, options.len);
	buf_free(&options);
}

size_t
environment_measure(const struct jobserver_names *names, size_t *longest)
{
	struct buf makeflags = { 0 }, cargo_makeflags = { 0 };
	size_t both;

	environment_make(names, &makeflags, &cargo_makeflags);
	/* MAKEFLAGS contains all that CARGO_MAKEFLAGS does. */
	*longest = makeflags.len + VARIABLE_PART;
	both = *longest + cargo_makeflags.len + VARIABLE_PART;
	buf_free(&makeflags);
	buf_free(&cargo_makeflags);
	return both;
}
