/* Invariant: every line of help is made from the program's tables. */
#include "cli/help.h"

#include <stdio.h>

void
cli_help_add_usage(struct buf *b, const struct cli_program *p, const struct cli_verb *v)
{
	buf_addf(
	    b, "usage: %s %s%s %s", p->name, v->name, v->options[0].name != NULL ? " [option ...]" : "", v->arguments);
}

/* "  -t, --timeout SECONDS" in 28 columns, and the help. */
static void
add_option(struct buf *b, const struct cli_option *o)
{
	char left[64];

	snprintf(left, sizeof(left), "  %s%.1s%s--%s%s%s", *o->letters != '\0' ? "-" : "    ", o->letters,
	    *o->letters != '\0' ? ", " : "", o->name, *o->argument != '\0' ? " " : "", o->argument);
	buf_addf(b, "%-28s %s\n", left, o->help);
}

void
cli_help_add_verb(struct buf *b, const struct cli_program *p, const struct cli_verb *v)
{
	cli_help_add_usage(b, p, v);
	buf_addf(b, "\n\n%s\n", v->help);
	if (v->options[0].name != NULL)
		buf_addc(b, '\n');
	for (const struct cli_option *o = v->options; o->name != NULL; o++)
		add_option(b, o);
}

void
cli_help_add_program(struct buf *b, const struct cli_program *p)
{
	buf_addf(b, "usage: %s %s\n\n%s\n\n", p->name, p->usage, p->about);
	for (size_t i = 0; i < p->verb_count; i++)
		buf_addf(b, "  %-12s %s\n", p->verbs[i]->name, p->verbs[i]->help);
	buf_addf(b, "\n'%s verb --help' lists the options of a verb.\n%s\n", p->name, p->exit_statuses);
}
