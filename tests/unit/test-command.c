/* command: the text of a job's command, as a shell could run it. */
#include "job/command.h"

#include <string.h>

#include "tap.h"

static void
command_is(char **argv, bool shell, const char *want, const char *behaviour)
{
	struct command c = { .argv = argv, .shell = shell };
	struct buf b = { 0 };

	while (argv[c.argc] != NULL)
		c.argc++;
	buf_adds(&b, "before ");
	command_text(&b, &c);
	if (!tap_ok(b.len == 7 + strlen(want) && memcmp(b.data + 7, want, b.len - 7) == 0, "command: %s", behaviour))
		printf("# got %.*s\n", (int)b.len, b.data);
	buf_free(&b);
}

int
main(void)
{
	command_is((char *[]){ "cp", "a b", "c", NULL }, false, "cp 'a b' c", "words are quoted where necessary");
	command_is((char *[]){ "a=b", "a=b", NULL }, false, "'a=b' a=b", "a program name with = is quoted");
	command_is(
	    (char *[]){ "if", "if", NULL }, false, "'if' if", "a program name that is a reserved word is quoted");
	command_is((char *[]){ "time", NULL }, false, "'time'", "a program name that some shells reserve is quoted");
	command_is((char *[]){ "", "", NULL }, false, "'' ''", "empty words are quoted");
	command_is((char *[]){ "printf", "a\nb", NULL }, false, "printf 'a\nb'", "a newline stays in its word");
	command_is((char *[]){ "/bin/sh", "-c", "a 'b' | c", NULL }, true, "a 'b' | c", "a shell line is unchanged");
	command_is((char *[]){ "/bin/sh", "-c", "", NULL }, true, "", "an empty shell line is empty");
	return tap_done();
}
