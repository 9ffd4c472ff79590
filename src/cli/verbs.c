/*
 * Invariant: a wrong word is found before the verb runs, and is described in one line.
 */
#include "cli/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cli/help.h"
#include "cli/message.h"

const struct cli_option cli_help_option = {
	.letters = "h", .name = "help", .argument = "", .values = "", .help = "print the options and exit"
};

static int
usage_status(const struct cli_program *p, const struct cli_verb *v)
{
	return v->error_status != 0 ? v->error_status : p->usage_status;
}

static bool
find_verb(const struct cli_program *p, const char *name, size_t *index)
{
	for (*index = 0; *index < p->verb_count; ++*index)
		if (strcmp(p->verbs[*index]->name, name) == 0)
			return true;
	*index = 0;
	return false;
}

/* Appends the operand's name in the usage: `index` 1 of "queue id ..." is "id". */
static void
add_operand_name(struct buf *b, const char *arguments, size_t index)
{
	for (; index > 0; index--)
		arguments += strcspn(arguments, " ") + strspn(arguments + strcspn(arguments, " "), " ");
	buf_add(b, arguments, strcspn(arguments, " "));
}

static enum cli_result
check_operands(const struct cli_program *p, struct cli_line *l)
{
	const struct cli_verb *v = p->verbs[l->verb];

	if (l->operand_count < v->least_operands) {
		buf_adds(&l->text, "missing ");
		add_operand_name(&l->text, v->arguments, l->operand_count);
	} else if (l->operand_count > v->most_operands) {
		buf_adds(&l->text, "too many arguments");
	} else {
		return CLI_RUN;
	}
	buf_adds(&l->text, "; ");
	cli_help_add_usage(&l->text, p, v);
	return CLI_WRONG;
}

/* Reads all options and sets them. -1: one is wrong. 1: --help was among them. */
static int
read_options(struct cli_scan *s, void *args, struct buf *problem)
{
	struct cli_given given;
	int found;

	while ((found = cli_scan_next(s, &given, problem)) == 1) {
		if (strcmp(given.option->name, cli_help_option.name) == 0)
			return 1;
		if (cli_option_set(&given, args, problem) == -1)
			return -1;
	}
	return found;
}

/* argv[0] is the word before the options. */
static enum cli_result
read_verb(const struct cli_program *p, int argc, char **argv, void *args, struct cli_line *l)
{
	const struct cli_verb *v = p->verbs[l->verb];
	size_t count = cli_option_count(v->options);
	struct cli_option *table = mem_resize(NULL, count + 1, sizeof(*table));
	struct cli_scan *s;
	int found, first;

	memcpy(table, v->options, count * sizeof(*table));
	table[count] = cli_help_option;
	s = cli_scan_new(table, count + 1, argc, argv, p->verb_optional);
	found = read_options(s, args, &l->text);
	first = cli_scan_operands(s);
	cli_scan_free(s);
	free(table);
	if (found == 1) {
		l->status = 0;
		cli_help_add_verb(&l->text, p, v);
		return CLI_PRINT;
	}
	l->status = usage_status(p, v);
	if (found == -1) {
		buf_addf(&l->text, "; see %s %s --help", p->name, v->name);
		return CLI_WRONG;
	}
	l->operands = argv + first;
	l->operand_count = (size_t)(argc - first);
	return check_operands(p, l);
}

/* The first word, which may be an option of the program. */
static enum cli_result
read_first(const struct cli_program *p, const char *word, struct cli_line *l)
{
	if (word != NULL && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
		cli_help_add_program(&l->text, p);
		return CLI_PRINT;
	}
	if (word != NULL && strcmp(word, "--version") == 0) {
		buf_addf(&l->text, "%s %s\n", p->name, p->version);
		return CLI_PRINT;
	}
	l->verb_named = word != NULL && find_verb(p, word, &l->verb);
	if (l->verb_named || p->verb_optional)
		return CLI_RUN;
	if (word == NULL) {
		buf_adds(&l->text, "missing verb");
	} else {
		escape_visible(&l->text, word, strlen(word));
		buf_adds(&l->text, *word == '-' ? ": unknown option" : ": unknown verb");
	}
	buf_addf(&l->text, "; see %s --help", p->name);
	l->status = p->usage_status;
	return CLI_WRONG;
}

enum cli_result
cli_read(const struct cli_program *p, int argc, char **argv, void *args, struct cli_line *l)
{
	enum cli_result result;

	*l = (struct cli_line){ 0 };
	result = read_first(p, argc > 1 ? argv[1] : NULL, l);
	if (result == CLI_RUN && l->verb_named)
		result = read_verb(p, argc - 1, argv + 1, args, l);
	else if (result == CLI_RUN)
		result = read_verb(p, argc, argv, args, l);
	buf_addc(&l->text, '\0');
	return result;
}

void
cli_read_or_exit(const struct cli_program *p, int argc, char **argv, void *args, struct cli_line *l)
{
	switch (cli_read(p, argc, argv, args, l)) {
	case CLI_RUN: buf_free(&l->text); return;
	case CLI_WRONG: message_errx(l->status, "%s", l->text.data);
	case CLI_PRINT: break;
	}
	if (fputs(l->text.data, stdout) == EOF || fflush(stdout) == EOF)
		message_err(p->error_status, "stdout");
	exit(l->status);
}
