/* Invariant: the recipe only becomes shorter. */
#include "job/oneshell.h"

#include <stddef.h>
#include <string.h>

bool
oneshell_knows(const char *shell)
{
	static const char *const known[] = { "sh", "bash", "dash", "ksh", "rksh", "zsh", "ash" };
	const char *slash = strrchr(shell, '/');

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(slash == NULL ? shell : slash + 1, known[i]) == 0)
			return true;
	return false;
}

void
oneshell_strip(char *recipe)
{
	const char *from = recipe;
	char *to = recipe;

	while (*from != '\0') {
		bool escaped = false, ended = false;

		from += strspn(from, " \t@+-");
		while (*from != '\0' && !ended) {
			ended = *from == '\n' && !escaped;
			escaped = *from == '\\' && !escaped;
			*to++ = *from++;
		}
	}
	*to = '\0';
}
