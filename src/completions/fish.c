#include "completions/fish.h"

#include <string.h>

#include "completions/text.h"

/* In single quotes, as fish reads them: a backslash escapes a quote or itself. */
static void
add_quoted(struct buf *b, const char *text)
{
	buf_addc(b, '\'');
	text_add_marked(b, text, "'\\", "\\");
	buf_addc(b, '\'');
}

static void
add_words(struct buf *b, const struct cli_option *o)
{
	struct buf words = { 0 };

	text_add_values(&words, o);
	buf_addc(&words, '\0');
	buf_adds(b, " -a ");
	add_quoted(b, words.data);
	buf_free(&words);
}

/* The arguments of fish's complete for the option's value. */
static void
add_value(struct buf *b, const struct subject *s, const struct cli_option *o)
{
	if (!cli_option_takes_value(o))
		return;
	if (strcmp(o->values, "file") == 0) {
		buf_adds(b, " -r -F");
		return;
	}
	buf_adds(b, cli_option_value_is_optional(o) ? " -f" : " -x");
	if (strcmp(o->values, "queue") == 0)
		buf_addf(b, " -a '(__%s_queues)'", s->program);
	else if (*o->values != '\0')
		add_words(b, o);
}

/* -- A program that takes a command -------------------------------------------------------------------------------- */

static bool
needs_value(const struct cli_option *o)
{
	return cli_option_takes_value(o) && !cli_option_value_is_optional(o);
}

static void
add_valued_longs(struct buf *b, const struct subject *s)
{
	const char *blank = "";

	for (const struct cli_option *o = s->options; o->name != NULL; o++)
		if (needs_value(o)) {
			buf_addf(b, "%s--%s", blank, o->name);
			blank = " ";
		}
}

static void
add_letters(struct buf *b, const struct subject *s, bool needing)
{
	for (const struct cli_option *o = s->options; o->name != NULL; o++)
		if (needs_value(o) == needing)
			buf_adds(b, o->letters);
}

static void
add_valued_letters(struct buf *b, const struct subject *s)
{
	add_letters(b, s, true);
}

static void
add_plain_letters(struct buf *b, const struct subject *s)
{
	add_letters(b, s, false);
}

static void
begin_line(struct buf *b, const struct subject *s)
{
	buf_addf(b, "complete -c %s -n 'not __%s_command >/dev/null'", s->program, s->program);
}

static void
end_line(struct buf *b, const struct cli_option *o)
{
	buf_adds(b, " -d ");
	add_quoted(b, o->help);
	buf_addc(b, '\n');
}

static void
add_short_forms(struct buf *b, const struct cli_option *o)
{
	for (const char *letter = o->letters; *letter != '\0'; letter++)
		buf_addf(b, " -s %c", *letter);
}

/* An optional value belongs to the long form alone, so the short one gets a line of its own. */
static void
add_option(struct buf *b, const struct subject *s, const struct cli_option *o)
{
	bool apart = cli_option_value_is_optional(o) && *o->letters != '\0';

	begin_line(b, s);
	add_short_forms(b, o);
	if (apart) {
		end_line(b, o);
		begin_line(b, s);
	}
	buf_addf(b, " -l %s", o->name);
	add_value(b, s, o);
	end_line(b, o);
}

static void
add_completions(struct buf *b, const struct subject *s)
{
	for (const struct cli_option *o = s->options; o->name != NULL; o++)
		add_option(b, s, o);
}

const struct template_marker fish_command_markers[] = {
	{ "valued-longs", add_valued_longs },
	{ "valued-letters", add_valued_letters },
	{ "plain-letters", add_plain_letters },
	{ "completions", add_completions },
	{ NULL, NULL },
};

/* -- A program of verbs -------------------------------------------------------------------------------------------- */

/* Which options of each verb take a value, in their long and short forms. */
static void
add_value_case(struct buf *b, const struct cli_verb *v)
{
	struct buf longs = { 0 }, letters = { 0 };

	for (const struct cli_option *o = v->options; o->name != NULL; o++)
		if (cli_option_takes_value(o)) {
			buf_addf(&longs, " --%s", o->name);
			buf_adds(&letters, o->letters);
		}
	if (longs.len > 0) {
		if (letters.len == 0)
			buf_adds(&letters, "''");
		buf_addf(b, "        case %s\n            set longs%.*s\n            set letters %.*s\n", v->name,
		    (int)longs.len, longs.data, (int)letters.len, letters.data);
	}
	buf_free(&longs);
	buf_free(&letters);
}

static void
add_value_cases(struct buf *b, const struct subject *s)
{
	for (size_t i = 0; i < s->verbs->verb_count; i++)
		add_value_case(b, s->verbs->verbs[i]);
}

static void
add_verb_option(struct buf *b, const struct subject *s, const struct cli_verb *v, const struct cli_option *o)
{
	buf_addf(
	    b, "complete -c %s -n '__%s_at %s%s'", s->program, s->program, v->name, subject_is_mixed(s) ? "" : " 1");
	add_short_forms(b, o);
	buf_addf(b, " -l %s", o->name);
	add_value(b, s, o);
	end_line(b, o);
}

static void
add_operand(
    struct buf *b, const struct subject *s, const struct cli_verb *v, size_t i, const struct subject_operand *operand)
{
	bool is_queue = strcmp(operand->kind, "queue") == 0;

	/* When options and operands are mixed, their number is not known, and all operands are alike. */
	if (strcmp(operand->kind, "none") == 0 || (subject_is_mixed(s) && i > 0))
		return;
	buf_addf(b, "complete -c %s -n '__%s_at %s", s->program, s->program, v->name);
	if (!subject_is_mixed(s))
		buf_addf(b, " %zu%s", i + 1, operand->repeats ? " more" : "");
	if (is_queue)
		buf_addf(b, "' -a '(__%s_queues)'\n", s->program);
	else
		buf_adds(b, "' -F\n");
}

static void
add_verb(struct buf *b, const struct subject *s, const struct cli_verb *v)
{
	struct subject_operand operand;
	const struct cli_option *o;

	buf_addf(b, "complete -c %s -n 'not __%s_verb >/dev/null' -a %s -d ", s->program, s->program, v->name);
	add_quoted(b, v->help);
	buf_addc(b, '\n');
	for (size_t i = 0; (o = subject_verb_option(v, i)) != NULL; i++)
		add_verb_option(b, s, v, o);
	for (size_t i = 0; subject_operand(v, i, &operand); i++)
		add_operand(b, s, v, i, &operand);
}

static void
add_verb_completions(struct buf *b, const struct subject *s)
{
	for (size_t i = 0; i < s->verbs->verb_count; i++)
		add_verb(b, s, s->verbs->verbs[i]);
}

const struct template_marker fish_verbs_markers[] = {
	{ "value-cases", add_value_cases },
	{ "completions", add_verb_completions },
	{ NULL, NULL },
};
