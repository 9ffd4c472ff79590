#include "completions/subject.h"

#include <string.h>

bool
subject_is_mixed(const struct subject *s)
{
	return s->verbs != NULL && s->verbs->verb_optional;
}

const struct cli_option *
subject_verb_option(const struct cli_verb *v, size_t i)
{
	size_t count = cli_option_count(v->options);

	return i < count ? &v->options[i] : i == count ? &cli_help_option : NULL;
}

/* The name in the usage says what the operand is. */
static const char *
kind_of(const char *word, size_t len)
{
	static const struct {
		const char *part, *kind;
	} kinds[] = { { "queue", "queue" }, { "task", "file" }, { "file", "file" } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (memmem(word, len, kinds[i].part, strlen(kinds[i].part)) != NULL)
			return kinds[i].kind;
	return "none";
}

bool
subject_operand(const struct cli_verb *v, size_t i, struct subject_operand *operand)
{
	const char *word = v->arguments;

	for (; i > 0; i--) {
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
	if (*word == '\0' || *word == '.')
		return false;
	operand->kind = kind_of(word, strcspn(word, " "));
	word += strcspn(word, " ");
	operand->repeats = strncmp(word, " ...", 4) == 0;
	return true;
}
