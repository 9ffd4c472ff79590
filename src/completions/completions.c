/*
 * completions: prints the completion of one program for one shell. It is a tool of the build and is not installed:
 * make runs
 *
 *     completions TEMPLATES NAME
 *
 * where TEMPLATES is the directory with the templates, and NAME the file that bash, zsh or fish would look for, with
 * or without a directory: qctl.bash, _qctl or qctl.fish. It is linked with the tables that the programs themselves
 * read their command lines with, so a completion cannot miss an option.
 *
 * Because it runs during the build, it must be executable on the machine that builds: see Makefile.am for a cross
 * build.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"
#include "completions/bash.h"
#include "completions/fish.h"
#include "completions/subject.h"
#include "completions/template.h"
#include "completions/zsh.h"
#include "qctl/qctl.h"
#include "qlog/qlog.h"
#include "qpool/option-table.h"

static const struct shell {
	const char *name, *prefix, *suffix; /* of the files that it looks for */
	const struct template_marker *command, *verbs;
} shells[] = {
	{ "bash", "", ".bash", bash_command_markers, bash_verbs_markers },
	{ "zsh", "_", "", zsh_command_markers, zsh_verbs_markers },
	{ "fish", "", ".fish", fish_command_markers, fish_verbs_markers },
};

static const struct subject subjects[] = {
	{ "qpool", qpool_options, NULL },
	{ "qctl", NULL, &qctl_program },
	{ "qlog", NULL, &qlog_program },
};

/* Appends the whole file. */
static void
read_file(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		message_err(EXIT_FAILURE, "%s", path);
	do {
		buf_reserve(b, BUFSIZ);
		n = fread(b->data + b->len, 1, BUFSIZ, f);
		b->len += n;
	} while (n > 0);
	if (ferror(f))
		message_errx(EXIT_FAILURE, "%s: cannot read", path);
	fclose(f);
}

static void
print(const char *templates, const struct shell *shell, const struct subject *s)
{
	struct buf path = { 0 }, text = { 0 }, script = { 0 };
	char *unknown;

	buf_addf(&path, "%s/%s.%s", templates, s->verbs != NULL ? "verbs" : "command", shell->name);
	buf_addc(&path, '\0');
	read_file(&text, path.data);
	unknown = template_fill(&script, text.data, text.len, s->verbs != NULL ? shell->verbs : shell->command, s);
	if (unknown != NULL)
		message_errx(EXIT_FAILURE, "%s: unknown marker %s", path.data, unknown);
	if (fwrite(script.data, 1, script.len, stdout) != script.len || fflush(stdout) == EOF)
		message_err(EXIT_FAILURE, "standard output");
	buf_free(&path);
	buf_free(&text);
	buf_free(&script);
}

int
main(int argc, char **argv)
{
	const char *name = argc == 3 ? strrchr(argv[2], '/') : NULL;
	char file[64];

	if (argc != 3)
		message_errx(EXIT_FAILURE, "usage: completions templates name");
	name = name == NULL ? argv[2] : name + 1;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		for (size_t n = 0; n < sizeof(subjects) / sizeof(subjects[0]); n++) {
			snprintf(file, sizeof(file), "%s%s%s", shells[i].prefix, subjects[n].program, shells[i].suffix);
			if (strcmp(file, name) == 0) {
				print(argv[1], &shells[i], &subjects[n]);
				return EXIT_SUCCESS;
			}
		}
	message_errx(EXIT_FAILURE, "%s: not the name of a completion", name);
}
