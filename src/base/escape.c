/*
 * Invariants: what escape_tsv and escape_shell write is read back as the same bytes. For any input, escape_json
 * writes valid UTF-8, and escape_tsv and escape_visible write valid UTF-8 without control characters. The locale has
 * no influence.
 */
#include "base/escape.h"
#include "base/utf8.h"

#include <limits.h>
#include <string.h>

/* Bytes without a meaning to a shell, anywhere in a word; `=` only after the first byte, and not in word 0. */
/* clang-format off */
static const bool shell_safe[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['%'] = true, ['+'] = true, [','] = true,
	['-'] = true, ['.'] = true, ['/'] = true, [':'] = true, ['='] = true, ['@'] = true, ['_'] = true,
};
/* clang-format on */

/* Bytes that every format copies unchanged: printable ASCII except " and backslash. */
static const bool plain[256] = { [' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true };

bool
escape_is_safe(char c)
{
	return shell_safe[(unsigned char)c];
}

static void
add_quoted(struct buf *b, const char *word)
{
	const char *quote;

	buf_addc(b, '\'');
	while ((quote = strchr(word, '\'')) != NULL) {
		buf_add(b, word, (size_t)(quote - word));
		buf_adds(b, "'\\''");
		word = quote + 1;
	}
	buf_adds(b, word);
	buf_addc(b, '\'');
}

void
escape_shell(struct buf *b, const char *word)
{
	size_t len = 0;

	while (escape_is_safe(word[len]))
		len++;
	/* Some shells replace =word by the path of the command. */
	if (len == 0 || word[len] != '\0' || word[0] == '=')
		add_quoted(b, word);
	else
		buf_add(b, word, len);
}

/* Would a shell take this word 0 for an assignment or a reserved word (XCU 2.4, and words that some shells add)? */
static bool
is_special_name(const char *word)
{
	static const char *const reserved[] = { "case", "coproc", "do", "done", "elif", "else", "end", "esac", "fi",
		"for", "foreach", "function", "if", "in", "namespace", "nocorrect", "repeat", "select", "then", "time",
		"until", "while" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(word, reserved[i]) == 0)
			return true;
	return strchr(word, '=') != NULL;
}

void
escape_words(struct buf *b, char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_addc(b, ' ');
		if (i == 0 && is_special_name(words[i]))
			add_quoted(b, words[i]);
		else
			escape_shell(b, words[i]);
	}
}

/* Is the character of `n` bytes a control character: C0, DEL, or C1, which some terminals obey? */
static bool
is_control(const char *at, size_t n)
{
	unsigned char first = (unsigned char)at[0];

	return n == 1 ? first < 0x20 || first == 0x7f : n == 2 && first == 0xc2 && (unsigned char)at[1] < 0xa0;
}

/*
 * Is it a character that changes the direction of the text that follows (U+202A to U+202E, U+2066 to U+2069)? On a
 * terminal such a text can look like another one.
 */
static bool
is_override(const char *at, size_t n)
{
	unsigned char last = n == 3 && at[0] == '\xe2' ? (unsigned char)at[2] : 0;

	return (last >= 0xaa && last <= 0xae && at[1] == '\x80') || (last >= 0xa6 && last <= 0xa9 && at[1] == '\x81');
}

static size_t
plain_run(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && plain[(unsigned char)bytes[n]])
		n++;
	return n;
}

/* Returns the letter that follows the backslash in the escape for `c`, or NUL if `c` has no such escape. */
static char
letter_of(char c)
{
	return c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\0';
}

static void
add_hex(struct buf *b, char c)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char u = (unsigned char)c;

	buf_addc(b, digits[u >> 4]);
	buf_addc(b, digits[u & 15]);
}

/* Appends an escape for each of `n` bytes. */
static void
add_backslashed(struct buf *b, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char letter = letter_of(bytes[i]);

		buf_adds(b, letter != '\0' ? "\\" : "\\x");
		if (letter != '\0')
			buf_addc(b, letter);
		else
			add_hex(b, bytes[i]);
	}
}

static void
escape_line(struct buf *b, const char *bytes, size_t len, const char *backslash, bool overrides)
{
	size_t i = 0, n;

	while (i < len) {
		n = plain_run(bytes + i, len - i);
		if (n > 0) {
			buf_add(b, bytes + i, n);
			i += n;
			continue;
		}
		n = utf8_length(bytes + i, len - i);
		if (bytes[i] == '\\')
			buf_adds(b, backslash);
		else if (n == 0 || is_control(bytes + i, n) || (overrides && is_override(bytes + i, n)))
			add_backslashed(b, bytes + i, n == 0 ? 1 : n);
		else
			buf_add(b, bytes + i, n);
		i += n == 0 ? 1 : n;
	}
}

void
escape_tsv(struct buf *b, const char *bytes, size_t len)
{
	escape_line(b, bytes, len, "\\\\", false);
}

void
escape_hex(struct buf *b, const char *bytes, size_t len)
{
	static const char digit[] = "0123456789abcdef";

	buf_reserve(b, 2 * len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		b->data[b->len++] = digit[c >> 4];
		b->data[b->len++] = digit[c & 15];
	}
}

void
escape_visible(struct buf *b, const char *bytes, size_t len)
{
	escape_line(b, bytes, len, "\\", true);
}

void
escape_overrides(struct buf *b, const char *bytes, size_t len)
{
	size_t i = 0, n;

	while (i < len) {
		n = plain_run(bytes + i, len - i);
		buf_add(b, bytes + i, n);
		i += n;
		if (i == len)
			return;
		n = utf8_length(bytes + i, len - i);
		if (is_override(bytes + i, n))
			add_backslashed(b, bytes + i, n);
		else
			buf_add(b, bytes + i, n == 0 ? 1 : n);
		i += n == 0 ? 1 : n;
	}
}

static void
add_json_control(struct buf *b, const char *at, size_t n)
{
	static const char special[] = "\b\f\n\r\t", letters[] = "bfnrt";
	const char *found = n == 1 && *at != '\0' ? strchr(special, *at) : NULL;

	if (found != NULL) {
		buf_addc(b, '\\');
		buf_addc(b, letters[found - special]);
		return;
	}
	buf_adds(b, "\\u00");
	add_hex(b, at[n - 1]); /* a C1 character: its second byte is the code point */
}

bool
escape_json(struct buf *b, const char *bytes, size_t len)
{
	bool valid = true;
	size_t i = 0, n;

	while (i < len) {
		n = plain_run(bytes + i, len - i);
		buf_add(b, bytes + i, n);
		i += n;
		if (i == len)
			break;
		n = utf8_length(bytes + i, len - i);
		if (n == 0) {
			valid = false;
			buf_adds(b, "\xef\xbf\xbd");
			n = 1;
		} else if (is_control(bytes + i, n)) {
			add_json_control(b, bytes + i, n);
		} else if (is_override(bytes + i, n)) {
			buf_adds(b, "\\u20");
			add_hex(b, (char)(bytes[i + 1] == '\x80' ? bytes[i + 2] - 0x80 : bytes[i + 2] - 0x40));
		} else {
			if (bytes[i] == '"' || bytes[i] == '\\')
				buf_addc(b, '\\');
			buf_add(b, bytes + i, n);
		}
		i += n;
	}
	return valid;
}
