/*
 * Fuzzes the template. No words and lines crash it, and template_size agrees with the expansion.
 *
 * The first four bytes select how many of the strings that follow are words, how they are parsed, and the numbers. The
 * other strings are lines. NUL separates the strings.
 */
#include "job/template.h"

#include "standalone.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define STRINGS_MAX 64
#define CHECK(condition) ((condition) ? (void)0 : abort())

/* The size as execve(2) counts it. */
static size_t
size_of(const struct command *c)
{
	size_t size = (c->argc + 1) * sizeof(*c->argv);

	for (size_t i = 0; i < c->argc; i++)
		size += strlen(c->argv[i]) + 1;
	CHECK(c->argv[c->argc] == NULL);
	return size;
}

/* template_size assumes the longest numbers. */
static void
check_size(const struct task_template *t, struct arguments args, uint64_t seq, unsigned slot)
{
	struct command c;

	template_expand(t, args, UINT64_MAX, UINT_MAX, &c);
	CHECK(size_of(&c) == template_size(t, args));
	command_free(&c);
	template_expand(t, args, seq, slot, &c);
	CHECK(size_of(&c) <= template_size(t, args));
	if (!template_uses_slot(t)) {
		struct command other;

		template_expand(t, args, seq, slot + 1, &other);
		CHECK(size_of(&c) == size_of(&other));
		command_free(&other);
	}
	if (template_program_is_fixed(t) && c.argc > 0)
		CHECK(strcmp(c.argv[0], template_program(t)) == 0);
	command_free(&c);
}

/* The size that a line adds does not depend on the other lines. */
static void
check_sum(const struct task_template *t, struct arguments args)
{
	size_t none = template_size(t, (struct arguments){ args.text, 0 }), sum = none;

	for (size_t i = 0; i < args.count; i++)
		sum += template_size(t, (struct arguments){ args.text + i, 1 }) - none;
	CHECK(sum == template_size(t, args));
}

/* Without replacement strings, the words and lines are unchanged. */
static void
check_literal(char *const words[], size_t count, struct arguments args)
{
	struct task_template *t = template_parse(words, count, NULL, true);
	struct command c;

	template_expand(t, args, 1, 1, &c);
	CHECK(c.argc == count + args.count);
	for (size_t i = 0; i < c.argc; i++)
		CHECK(strcmp(c.argv[i], i < count ? words[i] : args.text[i - count]) == 0);
	command_free(&c);
	template_free(t);
}

static size_t
cut(char *text, size_t len, char **strings)
{
	size_t n = 0;

	for (char *at = text; at < text + len && n < STRINGS_MAX; at += strlen(at) + 1)
		strings[n++] = at;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *strings[STRINGS_MAX], *text;
	struct task_template *t;
	struct arguments args;
	size_t count, words;

	if (size < 4)
		return 0;
	text = calloc(1, size - 3);
	CHECK(text != NULL);
	memcpy(text, data + 4, size - 4);
	count = cut(text, size - 3, strings);
	words = data[0] % (count + 1);
	args = (struct arguments){ (const char *const *)(strings + words), count - words };
	t = template_parse(strings, words, data[1] % 2 != 0 ? strings[count - 1] : NULL, data[1] % 4 > 1);
	check_size(t, args, UINT64_C(1) << data[2] % 64, 1U << data[3] % 31);
	if (template_takes_many(t))
		check_sum(t, args);
	if (words > 0)
		check_literal(strings, words, args);
	template_free(t);
	free(text);
	return 0;
}
