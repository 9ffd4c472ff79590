/* template: the value of each replacement string, where it is literal, and the size of a command before it is built. */
#include "job/template.h"

#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As GNU parallel 20221122 expands the same names. */
static const struct {
	const char *line, *no_extension, *base, *directory, *base_no_extension;
} names[] = {
	{ "a.b", "a", "a.b", ".", "a" },
	{ "a.b/c", "a.b/c", "c", "a.b", "c" },
	{ "a.b/c.d.e", "a.b/c.d", "c.d.e", "a.b", "c.d" },
	{ "plain", "plain", "plain", ".", "plain" },
	{ ".x", "", ".x", ".", "" },
	{ "/x", "/x", "x", "/", "x" },
	{ "//x", "//x", "x", "/", "x" },
	{ "/a/", "/a/", "", "/", "" },
	{ "/a//b", "/a//b", "b", "/a", "b" },
	{ "/", "/", "", "/", "" },
	{ "//", "//", "", "/", "" },
	{ "a/", "a/", "", ".", "" },
	{ "a//b.", "a//b", "b.", "a", "b" },
	{ "a//b//", "a//b//", "", "a", "" },
	{ "", "", "", ".", "" },
	{ ".", "", ".", ".", "" },
	{ "..", ".", "..", ".", "." },
};

/* Appends the words, each between < and >. */
static void
show(const struct command *c, struct buf *b)
{
	for (size_t i = 0; i < c->argc; i++)
		buf_addf(b, "<%s>", c->argv[i]);
	if (c->argv[c->argc] != NULL)
		buf_adds(b, "without NULL at the end");
	buf_addc(b, '\0');
}

/* Splits words at blanks, and lines at |. */
static size_t
cut(char *text, const char *at, char **parts)
{
	size_t n = 0;

	for (char *part = strtok(text, at); part != NULL; part = strtok(NULL, at))
		parts[n++] = part;
	return n;
}

struct syntax {
	const char *replace;
	bool literal;
};

static const struct syntax usual = { NULL, false };

static void
expands(const struct syntax *s, const char *words, const char *lines, const char *want)
{
	char word_text[256], line_text[256], *word[32], *line[32];
	size_t count;
	struct task_template *t;
	struct arguments args = { (const char *const *)line, 0 };
	struct command c;
	struct buf got = { 0 };

	strcpy(word_text, words);
	strcpy(line_text, lines);
	count = cut(word_text, " ", word);
	args.count = cut(line_text, "|", line);
	t = template_parse(word, count, s->replace, s->literal);
	template_expand(t, args, 7, 3, &c);
	show(&c, &got);
	if (!tap_ok(strcmp(got.data, want) == 0 && c.shell == (count == 0), "template: '%s' with '%s'", words, lines))
		printf("# got %s\n", got.data);
	command_free(&c);
	template_free(t);
	buf_free(&got);
}

/* One word with any bytes, and one line. */
static void
word_is(const char *word, const char *line, const char *want)
{
	char *const words[] = { (char *)(uintptr_t)word };
	struct task_template *t = template_parse(words, 1, NULL, false);
	struct command c;

	template_expand(t, (struct arguments){ &line, 1 }, 7, 3, &c);
	if (!tap_ok(c.argc == 1 && strcmp(c.argv[0], want) == 0, "template: %s of '%s' is '%s'", word, line, want))
		printf("# got %s\n", c.argv[0]);
	command_free(&c);
	template_free(t);
}

static void
test_names(void)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		word_is("{}", names[i].line, names[i].line);
		word_is("{.}", names[i].line, names[i].no_extension);
		word_is("{/}", names[i].line, names[i].base);
		word_is("{//}", names[i].line, names[i].directory);
		word_is("{/.}", names[i].line, names[i].base_no_extension);
	}
	word_is("{/}", "d\ne/f\ng.h", "f\ng.h");
	word_is("{.}", "a\n.b\nc", "a\n");
}

static void
test_words(void)
{
	expands(&usual, "cp {} d/{/}.bak", "x/y.c", "<cp><x/y.c><d/y.c.bak>");
	expands(&usual, "echo a", "x", "<echo><a><x>");
	expands(&usual, "echo {#} {%}", "x", "<echo><7><3><x>");
	expands(&usual, "n={#},{%}", "x", "<n=7,3><x>");
	expands(&usual, "{}{}{.}", "a.b", "<a.ba.ba>");
	expands(&usual, "{{}} {}} {{ }", "a", "<{a}><a}><{{><}>");
	expands(&usual, "{x} {..} {///} { {} {1}", "a", "<{x}><{..}><{///}><{><a><{1}>");
	expands(&usual, "{}", "{.}", "<{.}>");
	expands(&usual, "a{}b", "", "<ab>");
	word_is("${#} ${%} ${}", "a", "${#} ${%} $a");
	word_is("$${#}{#}{}", "a", "$${#}7a");
}

static void
test_syntaxes(void)
{
	static const struct syntax own = { "XX", false }, empty = { "", false }, none = { NULL, true },
				   both = { "XX", true };

	expands(&own, "echo XX {} {#} aXXXb", "l", "<echo><l><{}><{#}><alXb>");
	expands(&own, "echo {}", "l", "<echo><{}><l>");
	expands(&empty, "echo {}", "l", "<echo><{}><l>");
	expands(&none, "echo {} {#}", "l", "<echo><{}><{#}><l>");
	expands(&both, "echo XX", "l", "<echo><XX><l>");
}

static void
test_many(void)
{
	expands(&usual, "ls -d", "a|b|c", "<ls><-d><a><b><c>");
	expands(&usual, "mv {} d", "a|b", "<mv><a><b><d>");
	expands(&usual, "x {.} {/}", "p/a.c|q/b.c", "<x><p/a><q/b><a.c><b.c>");
	expands(&usual, "x {#}", "a|b", "<x><7><a><b>");
	expands(&usual, "x -{}-", "a|b", "<x><-a b->");
}

static void
test_shell_lines(void)
{
	expands(&usual, "", "echo {} a", "</bin/sh><-c><echo {} a>");
	expands(&usual, "", "echo $x; {#}", "</bin/sh><-c><echo $x; {#}>");
	expands(&usual, "", "-x", "</bin/sh><-c>< -x>");
	expands(&usual, "", "+x", "</bin/sh><-c>< +x>");
}

struct facts {
	bool fixed, many, slot;
};

static void
is(char *const words[], size_t count, struct facts want, const char *what)
{
	struct task_template *t = template_parse(words, count, NULL, false);

	tap_ok(template_program_is_fixed(t) == want.fixed, "template: %s: the program is %s", what,
	    want.fixed ? "fixed" : "part of the line");
	tap_ok(
	    template_takes_many(t) == want.many, "template: %s: takes %s", what, want.many ? "many lines" : "one line");
	tap_ok(
	    template_uses_slot(t) == want.slot, "template: %s: the slot is %s", what, want.slot ? "used" : "not used");
	if (want.fixed)
		tap_ok(strcmp(template_program(t), count == 0 ? "/bin/sh" : words[0]) == 0,
		    "template: %s: the program is word 0", what);
	template_free(t);
}

static void
test_facts(void)
{
	is((char *[]){ "ls", "{}" }, 2, (struct facts){ true, true, false }, "a line as a word");
	is((char *[]){ "ls", "a{}" }, 2, (struct facts){ true, false, false }, "a line inside a word");
	is((char *[]){ "ls", "{}", "{/}x" }, 3, (struct facts){ true, false, false },
	    "a line as a word and inside a word");
	is((char *[]){ "ls", "x{%}" }, 2, (struct facts){ true, true, true }, "a slot inside a word");
	is((char *[]){ "{}", "a" }, 2, (struct facts){ false, true, false }, "a line as the program");
	is((char *[]){ "x{#}" }, 1, (struct facts){ false, true, false }, "a number in the program");
	is((char *[]){ "x${%}" }, 1, (struct facts){ true, true, false }, "a $ before the slot");
	is((char *[]){ "" }, 1, (struct facts){ true, true, false }, "an empty program name");
	is(NULL, 0, (struct facts){ true, false, false }, "shell lines");
}

/* As execve(2) counts. */
static size_t
size_of(const struct command *c)
{
	size_t size = (c->argc + 1) * sizeof(*c->argv);

	for (size_t i = 0; i < c->argc; i++)
		size += strlen(c->argv[i]) + 1;
	return size;
}

static void
test_size(void)
{
	static char *const words[][3] = { { "a", "{}", "{//}" }, { "a", "b", "c" }, { "{#}", "{%}", "x{#}{%}" },
		{ "", "-{}-", "{/.}" }, { "", "", "" } };
	static const char *const lines[] = { "x/y.z", "", "-long line" };

	for (size_t i = 0; i < COUNT(words); i++)
		for (size_t n = 0; n <= COUNT(lines); n++) {
			struct task_template *t = template_parse(words[i], n == 0 ? 0 : 3, NULL, false);
			struct arguments args = { lines, n };
			struct command c;

			template_expand(t, args, UINT64_MAX, UINT_MAX, &c);
			tap_ok(template_size(t, args) == size_of(&c),
			    "template: the size of row %zu with %zu lines is %zu", i, n, template_size(t, args));
			command_free(&c);
			template_free(t);
		}
}

int
main(void)
{
	test_names();
	test_words();
	test_syntaxes();
	test_many();
	test_shell_lines();
	test_facts();
	test_size();
	return tap_done();
}
