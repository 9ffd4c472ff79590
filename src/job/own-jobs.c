/* Invariant: nothing behind `len` is read, even if the last word has no NUL: then that word is not looked at. */
#include "job/own-jobs.h"

#include <string.h>

static bool
has_jobs_option(const char *program)
{
	static const char *const names[] = { "make", "gmake", "ninja", "ninja-build", "samu" };
	const char *slash = strrchr(program, '/');

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(slash != NULL ? slash + 1 : program, names[i]) == 0)
			return true;
	return false;
}

/* The argument of -j or --jobs in this word: "" if it is in the next word, or missing; NULL: another word. */
static const char *
jobs_of(const char *word)
{
	static const char name[] = "--jobs";

	if (strncmp(word, "-j", 2) == 0)
		return word + 2;
	if (strncmp(word, name, sizeof name - 1) != 0)
		return NULL;
	word += sizeof name - 1;
	return *word == '=' ? word + 1 : *word == '\0' ? word : NULL;
}

static bool
is_number(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

bool
own_jobs(const char *args, size_t len)
{
	const char *end, *word = args, *next, *jobs;
	bool found = false;

	if (len == 0)
		return false;
	end = args + len;
	while (!found && word < end && memchr(word, '\0', (size_t)(end - word)) != NULL) {
		next = word + strlen(word) + 1;
		if (word == args && !has_jobs_option(word))
			return false;
		if (strcmp(word, "--") == 0)
			return false;
		jobs = word == args ? NULL : jobs_of(word);
		if (jobs != NULL && *jobs == '\0' && next < end && memchr(next, '\0', (size_t)(end - next)) != NULL &&
		    is_number(next))
			jobs = next;
		/* -j without a number means any number of jobs. */
		found = jobs != NULL && strcmp(jobs, "1") != 0 && (*jobs == '\0' || is_number(jobs));
		word = next;
	}
	return found;
}
