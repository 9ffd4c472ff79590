/*
 * Invariant: after halt_parse has succeeded a struct halt has a count, or a percentage from 1 to 100, or is
 * HALT_NEVER.
 */
#include "job/halt.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char bad_when[] = "must begin with never, soon or now, for example now,fail=1";
static const char bad_why[] = "requires fail=N, success=N or done=N after soon or now, for example now,fail=1";
static const char bad_number[] =
    "requires a number of tasks from 1, or a percentage from 1% to 100%, for example now,fail=1 or soon,fail=20%";
static const char bad_never[] = "must be never alone, without a reason";

/* Returns what follows `word` if `text` begins with it, otherwise NULL. */
static const char *
skip(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 ? text + len : NULL;
}

/* Parses N or N%. */
static const char *
parse_number(struct halt *h, const char *text)
{
	char digits[24];
	size_t len = strspn(text, "0123456789");
	bool percent = strcmp(text + len, "%") == 0;
	const char *wrong = NULL;
	long long n;

	/* strtonum would accept leading blanks and a sign. */
	if (len == 0 || len >= sizeof(digits) || (text[len] != '\0' && !percent))
		return bad_number;
	memcpy(digits, text, len);
	digits[len] = '\0';
	n = strtonum(digits, 1, percent ? 100 : LLONG_MAX, &wrong);
	if (wrong != NULL)
		return bad_number;
	if (percent)
		h->percent = (unsigned)n;
	else
		h->count = (uint64_t)n;
	return NULL;
}

/* Parses WHY=N, which follows the comma. */
static const char *
parse_why(struct halt *h, const char *text)
{
	const char *rest;

	if ((rest = skip(text, "fail")) != NULL)
		h->why = HALT_FAIL;
	else if ((rest = skip(text, "success")) != NULL)
		h->why = HALT_SUCCESS;
	else if ((rest = skip(text, "done")) != NULL)
		h->why = HALT_DONE;
	else
		return bad_why;
	if (*rest == '\0')
		return bad_number;
	return *rest == '=' ? parse_number(h, rest + 1) : bad_why;
}

/* Translates the numbers of older versions of parallel. */
static const char *
expand_old(const char *text)
{
	if (strcmp(text, "0") == 0)
		return "never";
	if (strcmp(text, "1") == 0)
		return "soon,fail=1";
	return strcmp(text, "2") == 0 ? "now,fail=1" : text;
}

const char *
halt_parse(struct halt *h, const char *text)
{
	const char *rest;

	*h = (struct halt){ .when = HALT_NEVER };
	text = expand_old(text);
	if ((rest = skip(text, "never")) != NULL)
		return *rest == '\0' ? NULL : *rest == ',' ? bad_never : bad_when;
	if ((rest = skip(text, "soon")) != NULL)
		h->when = HALT_SOON;
	else if ((rest = skip(text, "now")) != NULL)
		h->when = HALT_NOW;
	else
		return bad_when;
	if (*rest == '\0')
		return bad_why;
	return *rest == ',' ? parse_why(h, rest + 1) : bad_when;
}

/* Returns the least number of jobs that is at least `percent` of `total`. Cannot overflow. */
static uint64_t
percent_of(uint64_t total, unsigned percent)
{
	return total / 100 * percent + (total % 100 * percent + 99) / 100;
}

enum halt_when
halt_decide(const struct halt *h, uint64_t ok, uint64_t failed, uint64_t total)
{
	uint64_t have = h->why == HALT_FAIL ? failed : h->why == HALT_SUCCESS ? ok : ok + failed;
	uint64_t need = h->count != 0 ? h->count : percent_of(total, h->percent);

	if (h->when == HALT_NEVER || need == 0)
		return HALT_NEVER;
	return have >= need ? h->when : HALT_NEVER;
}
