/* Invariant: a struct halt that halt_parse has accepted has a count, or a percentage from 1 to 100, or is HALT_NEVER. */
#include "job/halt.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char no_when[] = "begins with never, soon or now: write soon,fail=1 or now,fail=1";
static const char no_why[] = "needs a reason: write ,fail=1 or ,success=1 or ,done=1 behind soon or now";
static const char no_number[] =
    "needs a number of jobs from 1, or a percentage from 1% to 100%: write now,fail=1 or soon,fail=20%";
static const char never_more[] = "never takes no reason: write never alone";

/* Returns what follows `word` in text when text begins with it, else NULL. */
static const char *
skip(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 ? text + len : NULL;
}

/* Reads N or N%. */
static const char *
parse_number(struct halt *h, const char *text)
{
	char digits[24];
	size_t len = strspn(text, "0123456789");
	bool percent = strcmp(text + len, "%") == 0;
	const char *wrong = NULL;
	long long n;

	/* strtonum would pass over blanks and take a sign. */
	if (len == 0 || len >= sizeof(digits) || (text[len] != '\0' && !percent))
		return no_number;
	memcpy(digits, text, len);
	digits[len] = '\0';
	n = strtonum(digits, 1, percent ? 100 : LLONG_MAX, &wrong);
	if (wrong != NULL)
		return no_number;
	if (percent)
		h->percent = (unsigned)n;
	else
		h->count = (uint64_t)n;
	return NULL;
}

/* Reads WHY=N behind the comma. */
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
		return no_why;
	if (*rest == '\0')
		return no_number;
	return *rest == '=' ? parse_number(h, rest + 1) : no_why;
}

/* What parallel's old numbers stand for. */
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
		return *rest == '\0' ? NULL : *rest == ',' ? never_more : no_when;
	if ((rest = skip(text, "soon")) != NULL)
		h->when = HALT_SOON;
	else if ((rest = skip(text, "now")) != NULL)
		h->when = HALT_NOW;
	else
		return no_when;
	if (*rest == '\0')
		return no_why;
	return *rest == ',' ? parse_why(h, rest + 1) : no_when;
}

/* The fewest jobs of `total` that are `percent` of them. Never overflows. */
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
