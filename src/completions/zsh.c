#include "completions/zsh.h"

#include <string.h>

#include "completions/text.h"

/* -- Specifications of _arguments ---------------------------------------------------------------------------------- */

/* The action that completes a value or operand: `kind` is "file", "queue", "" or the possible words. */
static void
add_action(struct buf *b, const char *kind)
{
	if (strcmp(kind, "file") == 0)
		buf_adds(b, "_files");
	else if (strcmp(kind, "queue") == 0)
		buf_adds(b, "_files -g \"*(/,p)\"");
	else if (*kind == '\0')
		buf_addc(b, ' ');
	else
		buf_addf(b, "(%s)", kind);
}

static void
add_value(struct buf *b, const struct cli_option *o)
{
	struct buf values = { 0 };

	buf_adds(b, cli_option_value_is_optional(o) ? "::" : ":");
	text_add_argument(b, o);
	buf_addc(b, ':');
	text_add_values(&values, o);
	buf_addc(&values, '\0');
	add_action(b, values.data);
	buf_free(&values);
}

/*
 * One form of an option. `joined` is what _arguments calls the way in which a value follows; NULL: this form has
 * none.
 */
static void
add_form(struct buf *b, const char *indent, const struct cli_option *o, const char *form, const char *joined)
{
	struct buf spec = { 0 };

	if (*o->letters != '\0') {
		/* The forms exclude each other. */
		buf_addc(&spec, '(');
		text_add_spellings(&spec, o, "", " ");
		buf_addc(&spec, ')');
	}
	buf_addf(&spec, "%s%s[", form, joined != NULL ? joined : "");
	text_add_marked(&spec, o->help, "[]:\\", "\\");
	buf_addc(&spec, ']');
	if (joined != NULL)
		add_value(&spec, o);
	buf_addc(&spec, '\0');
	buf_adds(b, indent);
	text_add_quoted(b, spec.data);
	buf_adds(b, " \\\n");
	buf_free(&spec);
}

static void
add_option(struct buf *b, const char *indent, const struct cli_option *o)
{
	bool takes = cli_option_takes_value(o), optional = cli_option_value_is_optional(o);
	struct buf name = { 0 };

	for (const char *letter = o->letters; *letter != '\0'; letter++) {
		char form[] = { '-', *letter, '\0' };

		add_form(b, indent, o, form, takes && !optional ? "+" : NULL);
	}
	buf_addf(&name, "--%s", o->name);
	buf_addc(&name, '\0');
	add_form(b, indent, o, name.data, optional ? "=-" : takes ? "=" : NULL);
	buf_free(&name);
}

/* -- A program that takes a command -------------------------------------------------------------------------------- */

static void
add_arguments(struct buf *b, const struct subject *s)
{
	for (const struct cli_option *o = s->options; o->name != NULL; o++)
		add_option(b, "\t", o);
}

const struct template_marker zsh_command_markers[] = {
	{ "arguments", add_arguments },
	{ NULL, NULL },
};

/* -- A program of verbs -------------------------------------------------------------------------------------------- */

static void
add_verbs(struct buf *b, const struct subject *s)
{
	struct buf entry = { 0 };

	for (size_t i = 0; i < s->verbs->verb_count; i++) {
		entry.len = 0;
		buf_addf(&entry, "%s:", s->verbs->verbs[i]->name);
		text_add_marked(&entry, s->verbs->verbs[i]->help, ":\\", "\\");
		buf_addc(&entry, '\0');
		buf_addc(b, '\t');
		text_add_quoted(b, entry.data);
		buf_addc(b, '\n');
	}
	buf_free(&entry);
}

/* Beside the options of the program, those of the default verb. */
static void
add_default_options(struct buf *b, const struct subject *s)
{
	if (subject_is_mixed(s))
		for (const struct cli_option *o = s->verbs->verbs[0]->options; o->name != NULL; o++)
			add_option(b, "\t", o);
}

static void
add_operands(struct buf *b, const struct subject *s, const struct cli_verb *v)
{
	struct subject_operand operand;

	for (size_t i = 0; subject_operand(v, i, &operand); i++) {
		if (i > 0)
			buf_adds(b, " \\\n");
		buf_adds(b, "\t\t\t'");
		if (operand.repeats)
			buf_addc(b, '*');
		else
			buf_addf(b, "%zu", i + 1);
		buf_addf(b, ":%s:", subject_is_mixed(s) ? "log" : i == 0 ? "queue" : "argument");
		add_action(b, strcmp(operand.kind, "none") == 0 ? "" : operand.kind);
		buf_addc(b, '\'');
	}
	buf_addc(b, '\n');
}

/* The case of `pattern`, for that verb. */
static void
add_verb_case(struct buf *b, const struct subject *s, const char *pattern, const struct cli_verb *v)
{
	const struct cli_option *o;

	buf_addf(b, "\t%s)\n\t\t_arguments -s -S %s\\\n", pattern, subject_is_mixed(s) ? "" : "-A '-*' ");
	for (size_t i = 0; (o = subject_verb_option(v, i)) != NULL; i++)
		add_option(b, "\t\t\t", o);
	add_operands(b, s, v);
	buf_adds(b, "\t\t;;\n");
}

static void
add_verb_cases(struct buf *b, const struct subject *s)
{
	for (size_t i = 0; i < s->verbs->verb_count; i++)
		add_verb_case(b, s, s->verbs->verbs[i]->name, s->verbs->verbs[i]);
	if (subject_is_mixed(s))
		add_verb_case(b, s, "*", s->verbs->verbs[0]);
}

const struct template_marker zsh_verbs_markers[] = {
	{ "verbs", add_verbs },
	{ "default-options", add_default_options },
	{ "verb-cases", add_verb_cases },
	{ NULL, NULL },
};
