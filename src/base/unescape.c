/* Invariant: if a text is rejected, the buffer keeps its previous contents. */
#include "base/unescape.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

/* The text that is left to read. */
struct reader {
	const char *at, *end;
};

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads at most `most` digits and returns their number. */
static size_t
read_number(struct reader *r, int base, size_t most, uint32_t *value)
{
	size_t n = 0;

	for (*value = 0; n < most && r->at < r->end; n++, r->at++) {
		int digit = digit_value(*r->at);

		if (digit < 0 || digit >= base)
			break;
		*value = *value * (uint32_t)base + (uint32_t)digit;
	}
	return n;
}

/* Reads what follows a backslash in a TSV field. */
static bool
read_tsv_escape(struct buf *b, struct reader *r)
{
	static const char letters[] = "tnr\\", bytes[] = "\t\n\r\\";
	const char *found;
	uint32_t value;

	if (r->at == r->end || *r->at == '\0')
		return false;
	found = strchr(letters, *r->at);
	if (found == NULL && *r->at != 'x')
		return false;
	r->at++;
	if (found != NULL)
		buf_addc(b, bytes[found - letters]);
	else if (read_number(r, 16, 2, &value) == 2)
		buf_addc(b, (char)value);
	else
		return false;
	return true;
}

/*
 * Is `text` what escape_tsv writes for these bytes? A byte can be escaped in several ways, and escape_tsv uses one of
 * them.
 */
static bool
is_tsv_of(const char *bytes, size_t len, const char *text, size_t text_len)
{
	struct buf again = { 0 };
	bool same;

	escape_tsv(&again, bytes, len);
	same = again.len == text_len && (text_len == 0 || memcmp(again.data, text, text_len) == 0);
	buf_free(&again);
	return same;
}

bool
unescape_tsv(struct buf *b, const char *text, size_t len)
{
	struct reader r = { text, text + len };
	size_t start = b->len;
	bool good = true;

	buf_reserve(b, len + 1);
	while (good && r.at < r.end) {
		const char *backslash = memchr(r.at, '\\', (size_t)(r.end - r.at));
		const char *stop = backslash == NULL ? r.end : backslash;

		buf_add(b, r.at, (size_t)(stop - r.at));
		r.at = stop;
		if (backslash != NULL) {
			r.at++;
			good = read_tsv_escape(b, &r);
		}
	}
	if (good && is_tsv_of(b->data + start, b->len - start, text, len))
		return true;
	b->len = start;
	return false;
}

/* Reads \x, \u, \U or an octal escape of $'...', from its letter or first digit on. */
static bool
read_dollar_number(struct buf *b, struct reader *r)
{
	char letter = *r->at;
	bool octal = letter >= '0' && letter <= '7';
	size_t most = octal ? 3 : letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
	uint32_t value;

	r->at += !octal;
	if (read_number(r, octal ? 8 : 16, most, &value) == 0) {
		buf_addc(b, '\\');
		buf_addc(b, letter);
		return true;
	}
	if (value == 0 || (octal && value % 256 == 0) || value > 0x10ffff)
		return false;
	if (letter == 'u' || letter == 'U')
		utf8_add(b, value);
	else
		buf_addc(b, (char)value);
	return true;
}

/* Reads what follows a backslash in $'...'. */
static bool
read_dollar_escape(struct buf *b, struct reader *r)
{
	static const char letters[] = "abeEfnrtv\\'\"?", bytes[] = "\a\b\033\033\f\n\r\t\v\\'\"?";
	const char *found;

	if (r->at == r->end || *r->at == '\0')
		return false;
	if (strchr("01234567xuU", *r->at) != NULL)
		return read_dollar_number(b, r);
	found = strchr(letters, *r->at);
	if (*r->at == 'c' && r->end - r->at > 1 && r->at[1] != '\'' && (r->at[1] & 0x1f) != 0) {
		r->at++;
		buf_addc(b, (char)(*r->at == '?' ? 0x7f : *r->at & 0x1f));
	} else if (found != NULL) {
		buf_addc(b, bytes[found - letters]);
	} else {
		buf_addc(b, '\\');
		buf_addc(b, *r->at);
	}
	r->at++;
	return true;
}

/*
 * The next three functions read from behind the opening quote to behind the closing quote, and return false if the
 * closing quote is missing.
 */
static bool
read_dollar_quoted(struct buf *b, struct reader *r)
{
	while (r->at < r->end && *r->at != '\'') {
		if (*r->at != '\\') {
			buf_addc(b, *r->at++);
			continue;
		}
		r->at++;
		if (!read_dollar_escape(b, r))
			return false;
	}
	return r->at < r->end && *r->at++ == '\'';
}

static bool
read_single_quoted(struct buf *b, struct reader *r)
{
	const char *quote = memchr(r->at, '\'', (size_t)(r->end - r->at));

	if (quote == NULL)
		return false;
	buf_add(b, r->at, (size_t)(quote - r->at));
	r->at = quote + 1;
	return true;
}

static bool
read_double_quoted(struct buf *b, struct reader *r)
{
	while (r->at < r->end && *r->at != '"') {
		if (*r->at == '\\' && r->end - r->at > 1 && strchr("$`\"\\\n", r->at[1]) != NULL) {
			r->at++;
			if (*r->at == '\n') {
				r->at++;
				continue;
			}
		}
		buf_addc(b, *r->at++);
	}
	return r->at < r->end && *r->at++ == '"';
}

/* Reads what follows a backslash outside quotes. A backslash at the end of the text is literal, as in sh. */
static void
read_backslashed(struct buf *b, struct reader *r)
{
	if (r->at == r->end)
		buf_addc(b, '\\');
	else if (*r->at == '\n')
		r->at++;
	else
		buf_addc(b, *r->at++);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Skips blanks and backslash-newline pairs before a word. */
static void
skip_blanks(struct reader *r)
{
	for (;;) {
		if (r->at < r->end && is_blank(*r->at))
			r->at++;
		else if (r->end - r->at > 1 && r->at[0] == '\\' && r->at[1] == '\n')
			r->at += 2;
		else
			return;
	}
}

static bool
read_word(struct buf *b, struct reader *r)
{
	bool good = true;

	while (good && r->at < r->end && !is_blank(*r->at)) {
		char c = *r->at++;

		if (c == '\'') {
			good = read_single_quoted(b, r);
		} else if (c == '"') {
			good = read_double_quoted(b, r);
		} else if (c == '\\') {
			read_backslashed(b, r);
		} else if (c == '$' && r->at < r->end && *r->at == '\'') {
			r->at++;
			good = read_dollar_quoted(b, r);
		} else {
			buf_addc(b, c);
		}
	}
	return good;
}

int
unescape_shell(struct buf *b, const char *text, size_t len)
{
	struct reader r = { text, text + len };
	size_t start = b->len;
	int words = 0;

	/* Each word in the result ends in a NUL, so the text must not contain another one. */
	if (len > INT_MAX || (len > 0 && memchr(text, '\0', len) != NULL))
		return -1;
	for (skip_blanks(&r); r.at < r.end; skip_blanks(&r)) {
		if (!read_word(b, &r)) {
			b->len = start;
			return -1;
		}
		buf_addc(b, '\0');
		words++;
	}
	return words;
}
