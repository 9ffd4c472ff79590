/*
 * Invariants: words are split at unescaped blanks. Nothing after the word `--` is looked at, since the value of a
 * variable can contain any text. Abbreviated long options are not read: make accepts them, and a server uses that to
 * tell old clients from new ones.
 */
#include "jobserver/auth.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* A word of MAKEFLAGS: its position, and its text without the backslashes. */
struct word {
	const char *raw;
	size_t raw_len;
	struct buf text; /* NUL-terminated */
	bool lone;       /* ends in a backslash that escapes nothing: only the last word can */
};

/* Is the backslash before `end` unescaped? */
static bool
is_lone(const char *start, const char *end)
{
	size_t count = 0;

	while (end > start && *--end == '\\')
		count++;
	return count % 2 == 1;
}

/* Reads the next word, and moves *at behind it. false: there are no more. */
static bool
next_word(const char **at, struct word *w)
{
	const char *p = *at;

	while (is_blank(*p))
		p++;
	if (*p == '\0')
		return false;
	w->raw = p;
	w->text.len = 0;
	for (; *p != '\0' && !is_blank(*p); p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		buf_addc(&w->text, *p);
	}
	buf_addc(&w->text, '\0');
	w->raw_len = (size_t)(p - w->raw);
	w->lone = *p == '\0' && is_lone(w->raw, p);
	*at = p;
	return true;
}

/* Reads a number, and moves *p behind it. -1: not a number, or too large for an int. */
static int
number(const char **p)
{
	int n = 0;

	if (**p < '0' || **p > '9')
		return -1;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		int digit = **p - '0';

		if (n > (INT_MAX - digit) / 10)
			return -1;
		n = n * 10 + digit;
	}
	return n;
}

static bool
is_number(const char *text)
{
	const char *p = text;

	return number(&p) != -1 && *p == '\0';
}

/* Standard input, output and error are never a jobserver: a pipeline has its data there. */
static void
read_fds(struct jobserver_auth *a, const char *text)
{
	const char *p = text + (*text == '-');
	bool closed = *text == '-';

	a->kind = AUTH_INVALID;
	a->read_fd = number(&p);
	if (a->read_fd == -1 || *p++ != ',')
		return;
	closed = closed || *p == '-';
	p += *p == '-';
	a->write_fd = number(&p);
	if (a->write_fd == -1 || *p != '\0')
		return;
	if (closed)
		a->kind = AUTH_CLOSED;
	else if (a->read_fd > STDERR_FILENO && a->write_fd > STDERR_FILENO)
		a->kind = AUTH_FDS;
}

void
jobserver_auth_read(struct jobserver_auth *a, const char *text)
{
	free(a->path);
	a->path = NULL;
	a->read_fd = a->write_fd = -1;
	if (strncmp(text, "fifo:", 5) != 0) {
		read_fds(a, text);
		return;
	}
	a->kind = text[5] == '\0' ? AUTH_INVALID : AUTH_FIFO;
	if (a->kind == AUTH_FIFO)
		a->path = mem_strdup(text + 5);
}

/* The value in NAME=VALUE, "" for NAME alone; NULL: another option. */
static const char *
value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(word, name, len) != 0)
		return NULL;
	if (word[len] == '\0')
		return word + len;
	return word[len] == '=' ? word + len + 1 : NULL;
}

static const char *
auth_of(const char *word)
{
	const char *value = value_of(word, "--jobserver-auth");

	return value != NULL ? value : value_of(word, "--jobserver-fds");
}

static int
jobs_of(const char *digits)
{
	return is_number(digits) ? number(&digits) : *digits == '\0' ? JOBS_UNLIMITED : JOBS_ABSENT;
}

/* Reads a load such as "4" or "1.5". Anything else means no limit, as -l without an argument does. */
static double
load_of(const char *text)
{
	int whole = number(&text);
	double fraction = 0, unit = 1;

	if (whole == -1)
		return -1;
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++)
			fraction += (*text - '0') * (unit /= 10);
	return *text == '\0' ? whole + fraction : -1;
}

/*
 * Reads single-letter flags, until one that takes an argument. Returns the position of j or l, or NULL. Letters with an
 * argument: GNU make 4.3, main.c, switches[].
 */
static const char *
read_letters(struct jobserver_auth *a, const char *letters)
{
	for (const char *p = letters; *p != '\0' && strchr("CfIoWEO", *p) == NULL; p++) {
		switch (*p) {
		case 'n': a->dry_run = true; break;
		case 'q': a->question = true; break;
		case 't': a->touch = true; break;
		case 'j':
		case 'l': return p;
		default: break;
		}
	}
	return NULL;
}

static void
read_long(struct jobserver_auth *a, const char *word)
{
	const char *value = auth_of(word);

	if (value != NULL)
		jobserver_auth_read(a, value);
	else if ((value = value_of(word, "--jobs")) != NULL)
		a->jobs = jobs_of(value);
	else if ((value = value_of(word, "--load-average")) != NULL || (value = value_of(word, "--max-load")) != NULL)
		a->load = load_of(value);
	else if (strcmp(word, "--dry-run") == 0 || strcmp(word, "--just-print") == 0 || strcmp(word, "--recon") == 0)
		a->dry_run = true;
	else if (strcmp(word, "--question") == 0)
		a->question = true;
	else if (strcmp(word, "--touch") == 0)
		a->touch = true;
}

/* Is this the first word, with flags but without a dash? */
static bool
is_flags(const char *makeflags, const struct word *w)
{
	return w->raw == makeflags && *w->text.data != '-' && strchr(w->text.data, '=') == NULL;
}

/* Reads the letters of a word. Returns 'j' or 'l' if the next word may be its argument, else NUL. */
static char
read_flags(struct jobserver_auth *a, const char *letters)
{
	const char *option = read_letters(a, letters);

	if (option == NULL)
		return '\0';
	if (*option == 'j')
		a->jobs = jobs_of(option + 1);
	else
		a->load = load_of(option + 1);
	return option[1] == '\0' ? *option : '\0';
}

void
jobserver_auth_parse(struct jobserver_auth *a, const char *makeflags)
{
	const char *at = makeflags;
	char option = '\0';
	struct word w = { 0 };

	*a = (struct jobserver_auth){ .jobs = JOBS_ABSENT, .read_fd = -1, .write_fd = -1, .load = -1 };
	while (at != NULL && next_word(&at, &w)) {
		const char *text = w.text.data;

		if (strcmp(text, "--") == 0)
			break;
		if (option == 'j' && is_number(text))
			a->jobs = jobs_of(text);
		else if (option == 'l' && *text != '-')
			a->load = load_of(text);
		option = '\0';
		if (strncmp(text, "--", 2) == 0)
			read_long(a, text);
		else if (*text == '-' || is_flags(makeflags, &w))
			option = read_flags(a, text + (*text == '-'));
	}
	buf_free(&w.text);
}

void
jobserver_auth_free(struct jobserver_auth *a)
{
	free(a->path);
	a->path = NULL;
}

enum { ALL = INT_MAX };

/* How many bytes of the word are kept: ALL, 0, or the letters before a j. */
static size_t
kept_length(const char *makeflags, const struct word *w, bool *number_next)
{
	struct jobserver_auth unused = { 0 };
	const char *text = w->text.data, *jobs;
	bool dash = *text == '-';

	if (strncmp(text, "--", 2) == 0) {
		*number_next = strcmp(text, "--jobs") == 0;
		return auth_of(text) != NULL || value_of(text, "--jobs") != NULL ||
			value_of(text, "--jobserver-a") != NULL
		    ? 0
		    : ALL;
	}
	if (!dash && !is_flags(makeflags, w))
		return ALL;
	jobs = read_letters(&unused, text + dash);
	if (jobs == NULL || *jobs == 'l')
		return ALL;
	*number_next = jobs[1] == '\0';
	return jobs - text > (dash ? 1 : 0) ? (size_t)(jobs - text) : 0;
}

static void
add_front(struct buf *b, const struct word *w, size_t len)
{
	if (len == ALL) {
		buf_add(b, w->raw, w->raw_len);
		/* The last backslash would escape the blank that follows it now. */
		if (w->lone)
			buf_addc(b, '\\');
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (is_blank(w->text.data[i]) || w->text.data[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, w->text.data[i]);
	}
}

void
jobserver_auth_replace(struct buf *b, const char *makeflags, const char *ours)
{
	const char *at = makeflags, *rest = NULL;
	bool number_next = false, flags = false;
	struct word w = { 0 };
	size_t start = b->len;

	while (at != NULL && next_word(&at, &w)) {
		bool number_here = number_next && is_number(w.text.data);
		size_t len;

		number_next = false;
		if (strcmp(w.text.data, "--") == 0) {
			rest = w.raw;
			break;
		}
		len = number_here ? 0 : kept_length(makeflags, &w, &number_next);
		if (len == 0)
			continue;
		/* make reads the first word as flags: without any, the text begins with a blank. */
		flags = flags || is_flags(makeflags, &w);
		if (b->len > start || !flags)
			buf_addc(b, ' ');
		add_front(b, &w, len);
	}
	buf_addc(b, ' ');
	buf_adds(b, ours);
	if (rest != NULL) {
		buf_addc(b, ' ');
		buf_adds(b, rest);
	}
	buf_free(&w.text);
}
