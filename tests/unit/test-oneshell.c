/* oneshell: recipes as GNU make passes them to a shell that it knows by name. */
#include "job/oneshell.h"

#include <string.h>

#include "tap.h"

static void
strips(const char *recipe, const char *want, const char *behaviour)
{
	char text[256];

	snprintf(text, sizeof text, "%s", recipe);
	oneshell_strip(text);
	if (!tap_ok(strcmp(text, want) == 0, "oneshell: %s", behaviour))
		printf("# got: %s\n", text);
}

int
main(void)
{
	strips("", "", "an empty recipe stays empty");
	strips("echo a", "echo a", "a line without prefix is unchanged");
	strips("@echo a", "echo a", "a prefix is removed");
	strips(" \t@-+ @echo  -a @b", "echo  -a @b", "several prefixes and blanks are removed, at the beginning only");
	strips("@a\n\t-b\n  +c\n", "a\nb\nc\n", "prefixes are removed from each line");
	strips("a \\\n-b\n-c", "a \\\n-b\nc", "a continuation line keeps its prefix");
	strips("a \\\\\n-b", "a \\\\\nb", "an escaped backslash does not continue the line");
	strips("a\n\n\n@", "a\n\n\n", "empty lines are kept");
	strips("a\\", "a\\", "a backslash at the end is kept");
	tap_ok(oneshell_knows("/bin/sh") && oneshell_knows("dash") && oneshell_knows("/opt/a b/zsh"),
	    "oneshell: shells that make knows");
	tap_ok(!oneshell_knows("/usr/bin/qpool-sh") && !oneshell_knows("/sh/perl") && !oneshell_knows("bash5") &&
		!oneshell_knows(""),
	    "oneshell: programs that make does not know");
	return tap_done();
}
