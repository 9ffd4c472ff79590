/* Invariant: only options.def describes an option; no line is wider than 80 columns. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "qpool/options-help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/message.h"
#include "sys/os.h"
#include "job/outcome.h"
#include "qpool/option-table.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(version unknown)"
#endif

/* The directories that configure chose. */
#ifndef BINDIR
#define BINDIR "/usr/local/bin"
#endif
#ifndef PKGLIBDIR
#define PKGLIBDIR "/usr/local/lib/qpool"
#endif

enum { TEXT_COLUMN = 27, WIDTH = 80 };

static const char before[] = "usage: qpool [option ...] [command [argument ...]]\n"
			     "\n"
			     "Runs a command for each line of standard input, in parallel. The line replaces\n"
			     "{}, or is appended to the arguments. Without a command, each line is a command\n"
			     "for sh.\n"
			     "\n"
			     "    find src -type f | qpool -j3 cp -t dst\n";

static const char after[] = "\n"
			    "In the command: {} the line, {.} without its extension, {/} its last component,\n"
			    "{//} its directory, {/.} its last component without extension, {#} its number,\n"
			    "{%} the slot of the job.\n"
			    "Exit status: 0 success; a job 123 failed, 124 exited with 255, 125 was killed,\n"
			    "126 could not be run, 127 was not found; 1 an error of qpool, 2 wrong usage.\n"
			    "See qpool(1).\n";

/* A title, or NULL where the next option of the table goes. */
static const char *const lines[] = {
#define GROUP(title) title,
#define FLAG(field, letters, name, help) NULL,
#define OPTION(id, letters, name, argument, completion, help) NULL,
#include "qpool/options.def"
};

static void __attribute__((noreturn)) exit_printed(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		message_err(EXIT_SELF, "stdout");
	exit(EXIT_OK);
}

/* The cursor is in column `at`. Prints the text in lines that begin in TEXT_COLUMN, broken at blanks. */
static void
print_wrapped(const char *text, int at)
{
	int len;

	if (at >= TEXT_COLUMN) {
		putchar('\n');
		at = 0;
	}
	printf("%*s", TEXT_COLUMN - 1 - at, "");
	at = TEXT_COLUMN - 1;
	for (; *text != '\0'; text += strspn(text, " ")) {
		len = (int)strcspn(text, " ");
		if (at + 1 + len > WIDTH) {
			printf("\n%*s", TEXT_COLUMN - 1, "");
			at = TEXT_COLUMN - 1;
		}
		at += printf(" %.*s", len, text);
		text += len;
	}
	putchar('\n');
}

static void
print_option(const struct cli_option *o)
{
	int at = 0;

	for (const char *letter = o->letters; *letter != '\0'; letter++)
		at += printf("%s-%c", letter == o->letters ? "  " : ", ", *letter);
	at += printf("%s--%s", *o->letters != '\0' ? ", " : "      ", o->name);
	if (cli_option_takes_value(o))
		at += printf("%s%s", cli_option_value_is_optional(o) ? "" : " ", o->argument);
	print_wrapped(o->help, at);
}

void
options_help(void)
{
	const struct cli_option *o = qpool_options;

	fputs(before, stdout);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i] != NULL)
			printf("\n%s:\n", lines[i]);
		else
			print_option(o++);
	}
	fputs(after, stdout);
	exit_printed();
}

void
options_version(void)
{
	puts("qpool " PACKAGE_VERSION "\nCopyright (c) 2026 the qpool authors\n"
	     "BSD-2-Clause licence: free to use, change and pass on, without any warranty.");
	exit_printed();
}

/* The length of what precedes BINDIR in the path of this program: another root directory, for example from DESTDIR. */
static int
root_length(const char *own)
{
	static const char end[] = BINDIR "/qpool";
	size_t len = own == NULL ? 0 : strlen(own), end_len = sizeof(end) - 1;

	return len > end_len && strcmp(own + len - end_len, end) == 0 ? (int)(len - end_len) : 0;
}

void
options_mk(void)
{
	char *own = os_own_path();
	struct buf b = { 0 };

	buf_addf(&b, "%.*s%s/qpool.mk", root_length(own), own == NULL ? "" : own, PKGLIBDIR);
	buf_addc(&b, '\0');
	if (access(b.data, R_OK) == -1)
		message_err(EXIT_SELF, "%s", b.data);
	puts(b.data);
	buf_free(&b);
	free(own);
	exit_printed();
}
