/* environment: how MAKEFLAGS and CARGO_MAKEFLAGS name a jobserver. */
#include "jobserver/environment.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tap.h"

static void
makes(enum jobserver_style style, const char *before, const char *makeflags, const char *cargo)
{
	struct jobserver_names names = { .style = style, .budget = 4, .read_fd = 10, .write_fd = 11, .path = "/tmp/f" };
	struct buf a = { 0 }, b = { 0 };

	buf_adds(&a, "what was there before");
	setenv("MAKEFLAGS", before, 1);
	environment_make(&names, &a, &b);
	tap_ok(strcmp(a.data, makeflags) == 0, "environment: \"%s\" becomes %s", before, a.data);
	tap_ok(strcmp(b.data, cargo) == 0, "environment: and for cargo %s", b.data);
	buf_free(&a);
	buf_free(&b);
}

static void
directory_is(const char *tmpdir, const char *want)
{
	if (tmpdir == NULL)
		unsetenv("TMPDIR");
	else
		setenv("TMPDIR", tmpdir, 1);
	tap_ok(strcmp(environment_safe_directory(), want) == 0, "environment: TMPDIR %s gives %s",
	    tmpdir == NULL ? "(unset)" : tmpdir, want);
}

int
main(void)
{
	makes(STYLE_FIFO, "k", "MAKEFLAGS=k -j4 --jobserver-auth=fifo:/tmp/f",
	    "CARGO_MAKEFLAGS=-j4 --jobserver-auth=fifo:/tmp/f");
	makes(STYLE_PIPE, "k -j8 --jobserver-auth=3,4 -- A=1", "MAKEFLAGS=k -j4 --jobserver-auth=10,11 -- A=1",
	    "CARGO_MAKEFLAGS=-j4 --jobserver-auth=10,11");
	makes(STYLE_AUTO, "k", "MAKEFLAGS=k -j4 --jobserver-fds=10,11 --jobserver-auth=fifo:/tmp/f --jobserver-a=10,11",
	    "CARGO_MAKEFLAGS=-j4 --jobserver-fds=10,11 --jobserver-auth=fifo:/tmp/f --jobserver-a=10,11");
	directory_is(NULL, "/tmp");
	directory_is("/var/tmp", "/var/tmp");
	directory_is("relative", "/tmp");
	directory_is("/var/tmp,x", "/tmp");
	directory_is("/var/tmp x", "/tmp");
	directory_is("/does/not/exist", "/tmp");
	return tap_done();
}
