/*
 * Invariant: a problem names the option as the user wrote it, and shows no byte that a terminal would act on.
 */
#include "cli/option.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/value.h"

/* The value that getopt_long returns for a long option: this plus its index in the table. */
enum { LONG_BASE = 256 };

struct cli_scan {
	const struct cli_option *table;
	size_t count;
	int argc;
	char **argv;
	struct option *longs;
	struct buf shorts;
};

bool
cli_option_takes_value(const struct cli_option *o)
{
	return *o->argument != '\0';
}

bool
cli_option_value_is_optional(const struct cli_option *o)
{
	return *o->argument == '[';
}

size_t
cli_option_count(const struct cli_option *table)
{
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	return n;
}

/* -- Scanning ------------------------------------------------------------------------------------------------------ */

/* An optional value belongs to the long form alone: "-Rtsv" would be ambiguous with "-R -t -s -v". */
static void
add_option(struct cli_scan *s, size_t index)
{
	const struct cli_option *o = &s->table[index];
	bool takes = cli_option_takes_value(o), optional = cli_option_value_is_optional(o);
	int has_value = !takes ? no_argument : optional ? optional_argument : required_argument;

	s->longs[index] = (struct option){ o->name, has_value, NULL, LONG_BASE + (int)index };
	for (const char *letter = o->letters; *letter != '\0'; letter++) {
		buf_addc(&s->shorts, *letter);
		if (takes && !optional)
			buf_addc(&s->shorts, ':');
	}
}

struct cli_scan *
cli_scan_new(const struct cli_option *table, size_t count, int argc, char **argv, bool anywhere)
{
	struct cli_scan *s = mem_alloc(sizeof(*s));

	*s = (struct cli_scan){ .table = table, .count = count, .argc = argc, .argv = argv };
	s->longs = mem_resize(NULL, count + 1, sizeof(*s->longs));
	buf_adds(&s->shorts, anywhere ? ":" : "+:");
	for (size_t i = 0; i < count; i++)
		add_option(s, i);
	s->longs[count] = (struct option){ NULL, 0, NULL, 0 };
	buf_addc(&s->shorts, '\0');
	/* 0, not 1: it makes getopt_long forget an earlier scan. */
	optind = 0;
	opterr = 0;
	return s;
}

void
cli_scan_free(struct cli_scan *s)
{
	free(s->longs);
	buf_free(&s->shorts);
	free(s);
}

int
cli_scan_operands(const struct cli_scan *s)
{
	(void)s;
	return optind;
}

/* Fills in the option that a return value of getopt_long means. false: no option has that letter. */
static bool
find(const struct cli_scan *s, int value, struct cli_given *given)
{
	given->option = NULL;
	if (value >= LONG_BASE) {
		given->option = &s->table[value - LONG_BASE];
		snprintf(given->name, sizeof(given->name), "--%s", given->option->name);
		return true;
	}
	snprintf(given->name, sizeof(given->name), "-%c", value);
	for (size_t i = 0; i < s->count && value != '\0'; i++)
		if (strchr(s->table[i].letters, value) != NULL)
			given->option = &s->table[i];
	return given->option != NULL;
}

/* Whether several long options begin like this word, "--name" or "--name=value". */
static bool
is_ambiguous(const struct cli_scan *s, const char *word)
{
	size_t len = strcspn(word + 2, "="), matches = 0;

	for (size_t i = 0; i < s->count; i++)
		if (strncmp(s->table[i].name, word + 2, len) == 0)
			matches++;
	return matches > 1;
}

/*
 * getopt_long refused an option: it returned `value`, ':' or '?', and optopt is the option, or 0 for an unknown long
 * one.
 */
static void
add_refusal(const struct cli_scan *s, int value, struct buf *problem)
{
	struct cli_given given;
	const char *word = s->argv[optind - 1];

	if (find(s, optopt, &given)) {
		buf_addf(problem, "%s: ", given.name);
		if (value == ':')
			buf_addf(problem, "requires a value, %s", given.option->argument);
		else
			buf_adds(problem, "takes no value");
	} else if (optopt != 0) {
		escape_visible(problem, given.name, strlen(given.name));
		buf_adds(problem, ": unknown option");
		if (optopt == '=')
			buf_adds(problem, "; only a long option takes a value after =");
	} else {
		escape_visible(problem, word, strlen(word));
		buf_adds(problem, is_ambiguous(s, word) ? ": ambiguous option" : ": unknown option");
	}
}

int
cli_scan_next(struct cli_scan *s, struct cli_given *given, struct buf *problem)
{
	int value = getopt_long(s->argc, s->argv, s->shorts.data, s->longs, NULL);

	if (value == -1)
		return 0;
	if (value == '?' || value == ':') {
		add_refusal(s, value, problem);
		return -1;
	}
	find(s, value, given);
	given->value = optarg;
	return 1;
}

/* -- Values -------------------------------------------------------------------------------------------------------- */

void
cli_option_must_be(struct buf *problem, const struct cli_given *given, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	buf_addf(problem, "%s: must be %s, not '", given->name, text);
	escape_visible(problem, given->value, strlen(given->value));
	buf_addc(problem, '\'');
}

/* Unlike value_number, this allows a minus sign where the range does. */
static bool
read_number(const char *value, long long least, long long most, long long *n)
{
	if (*value != '-')
		return value_number(value, least < 0 ? 0 : least, most, n);
	if (least >= 0 || !value_number(value + 1, 1, -least, n))
		return false;
	*n = -*n;
	return true;
}

static bool
set_number(const struct cli_given *given, long long *field, struct buf *problem)
{
	const struct cli_option *o = given->option;

	if (read_number(given->value, o->least, o->most, field))
		return true;
	cli_option_must_be(problem, given, "a number from %lld to %lld", o->least, o->most);
	return false;
}

static bool
set_seconds(const struct cli_given *given, int64_t *field, struct buf *problem)
{
	*field = value_seconds(given->value);
	if (*field != -1)
		return true;
	cli_option_must_be(problem, given, "a number of seconds such as 10 or 0.5");
	return false;
}

static bool
set_word(const struct cli_given *given, const char **field, struct buf *problem)
{
	*field = given->value;
	if (value_word(given->value, given->option->values) != -1)
		return true;
	cli_option_must_be(problem, given, "one of %s", given->option->values);
	return false;
}

int
cli_option_set(const struct cli_given *given, void *args, struct buf *problem)
{
	void *field = (char *)args + given->option->offset;
	bool is_right = true;

	switch (given->option->kind) {
	case CLI_KIND_FLAG: *(bool *)field = true; break;
	case CLI_KIND_NUMBER: is_right = set_number(given, field, problem); break;
	case CLI_KIND_SECONDS: is_right = set_seconds(given, field, problem); break;
	case CLI_KIND_WORD: is_right = set_word(given, field, problem); break;
	case CLI_KIND_TEXT: *(const char **)field = given->value; break;
	}
	return is_right ? 0 : -1;
}
