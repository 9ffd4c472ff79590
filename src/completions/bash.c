#include "completions/bash.h"

#include "completions/text.h"

/* -- A program that takes a command -------------------------------------------------------------------------------- */

static void
add_all_spellings(struct buf *b, const struct subject *s)
{
	for (const struct cli_option *o = s->options; o->name != NULL; o++) {
		if (o != s->options)
			buf_addc(b, ' ');
		text_add_spellings(b, o, "", " ");
	}
}

/* The forms that take their value from the next word: an optional value belongs to the long form alone. */
static void
add_option_cases(struct buf *b, const struct subject *s)
{
	for (const struct cli_option *o = s->options; o->name != NULL; o++) {
		bool optional = cli_option_value_is_optional(o);

		if (!cli_option_takes_value(o))
			continue;
		buf_addc(b, '\t');
		if (optional)
			buf_addf(b, "--%s", o->name);
		else
			text_add_spellings(b, o, "", " | ");
		buf_addf(b, ") takes=%s kind='", optional ? "maybe" : "yes");
		text_add_values(b, o);
		buf_adds(b, "' ;;\n");
	}
}

const struct template_marker bash_command_markers[] = {
	{ "spellings", add_all_spellings },
	{ "option-cases", add_option_cases },
	{ NULL, NULL },
};

/* -- A program of verbs -------------------------------------------------------------------------------------------- */

/* "queue file*": what each operand is; the last with a star if it may be repeated. */
static void
add_places(struct buf *b, const struct cli_verb *v)
{
	struct subject_operand operand;

	for (size_t i = 0; subject_operand(v, i, &operand); i++)
		buf_addf(b, "%s%s%s", i > 0 ? " " : "", operand.kind, operand.repeats ? "*" : "");
}

static void
add_verb_cases(struct buf *b, const struct subject *s)
{
	const struct cli_option *o;

	for (size_t i = 0; i < s->verbs->verb_count; i++) {
		const struct cli_verb *v = s->verbs->verbs[i];

		buf_addf(b, "\t%s)\n\t\toptions='", v->name);
		for (size_t n = 0; (o = subject_verb_option(v, n)) != NULL; n++) {
			buf_adds(b, n > 0 ? " " : "");
			text_add_spellings(b, o, "", " ");
		}
		buf_adds(b, "'\n\t\tplaces='");
		add_places(b, v);
		buf_adds(b, "' ;;\n");
	}
}

static void
add_verb_option_case(struct buf *b, const struct cli_verb *v, const struct cli_option *o)
{
	struct buf before = { 0 };

	buf_addf(&before, "'%s ", v->name);
	buf_addc(&before, '\0');
	buf_addc(b, '\t');
	text_add_spellings(b, o, before.data, "' | ");
	buf_adds(b, "') takes=yes kind='");
	text_add_values(b, o);
	buf_adds(b, "' ;;\n");
	buf_free(&before);
}

static void
add_verb_option_cases(struct buf *b, const struct subject *s)
{
	for (size_t i = 0; i < s->verbs->verb_count; i++) {
		const struct cli_verb *v = s->verbs->verbs[i];

		for (const struct cli_option *o = v->options; o->name != NULL; o++)
			if (cli_option_takes_value(o))
				add_verb_option_case(b, v, o);
	}
}

const struct template_marker bash_verbs_markers[] = {
	{ "verb-cases", add_verb_cases },
	{ "option-cases", add_verb_option_cases },
	{ NULL, NULL },
};
