/* oneshell: recipes as GNU make would pass them to a shell whose name it knows. */
#include "job/oneshell.h"

#include <string.h>

#include "tap.h"

static void
strips(const char *recipe, const char *want, const char *about)
{
	char text[256];

	snprintf(text, sizeof text, "%s", recipe);
	oneshell_strip(text);
	if (!tap_ok(strcmp(text, want) == 0, "%s", about))
		printf("# got: %s\n", text);
}

int
main(void)
{
	strips("", "", "nothing");
	strips("echo a", "echo a", "a plain line is left alone");
	strips("@echo a", "echo a", "a prefix goes");
	strips(" \t@-+ @echo  -a @b", "echo  -a @b", "any number of them, and blanks, but only in front");
	strips("@a\n\t-b\n  +c\n", "a\nb\nc\n", "so it is with each line");
	strips("a \\\n-b\n-c", "a \\\n-b\nc", "a continued line is no new one");
	strips("a \\\\\n-b", "a \\\\\nb", "a backslash that is itself escaped continues nothing");
	strips("a\n\n\n@", "a\n\n\n", "empty lines stay");
	strips("a\\", "a\\", "a backslash at the end");
	tap_ok(oneshell_knows("/bin/sh") && oneshell_knows("dash") && oneshell_knows("/opt/a b/zsh"),
	    "shells that make knows");
	tap_ok(!oneshell_knows("/usr/bin/qpool-sh") && !oneshell_knows("/sh/perl") && !oneshell_knows("bash5") &&
		!oneshell_knows(""),
	    "programs that it does not");
	return tap_done();
}
