/* unescape: reads back what escape writes, and rejects everything else. */
#include "base/unescape.h"

#include <string.h>

#include "base/escape.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
holds(const struct buf *b, const char *want, size_t len)
{
	return b->len == len && (len == 0 || memcmp(b->data, want, len) == 0);
}

static void
test_tsv_pairs(void)
{
	size_t right = 0;
	struct buf text = { 0 }, back = { 0 };

	for (unsigned i = 0; i < 65536; i++) {
		const char bytes[2] = { (char)(i >> 8), (char)i };

		text.len = back.len = 0;
		escape_tsv(&text, bytes, 2);
		right += unescape_tsv(&back, text.data, text.len) && holds(&back, bytes, 2);
	}
	tap_ok(right == 65536, "unescape: tsv: every pair of bytes is read back");
	buf_free(&text);
	buf_free(&back);
}

static void
test_tsv_appends(void)
{
	struct buf b = { 0 };

	buf_adds(&b, "x");
	tap_ok(unescape_tsv(&b, "", 0) && holds(&b, "x", 1), "unescape: tsv: an empty field appends nothing");
	tap_ok(unescape_tsv(&b, "a\\tb\\\\\\x00", 10) && holds(&b, "xa\tb\\\0", 6),
	    "unescape: tsv: the bytes are appended, a NUL included");
	buf_free(&b);
}

static void
test_tsv_rejected(void)
{
	static const struct {
		const char *text, *why;
	} bad[] = { { "\\", "a backslash at the end" }, { "\\q", "an unknown escape" }, { "\\x", "\\x without digits" },
		{ "\\x1", "\\x with one digit" }, { "\\xg0", "\\x with another letter" }, { "a\tb", "a tab" },
		{ "\n", "a newline" }, { "\001", "a control character" }, { "\377", "a byte that is not UTF-8" },
		{ "\\x41", "an escape of a letter" }, { "\\xC3", "capital digits" }, { "\\x09", "\\x for a tab" },
		{ "\\xc3\\xa9", "escapes of a valid character" }, { "\302\200", "a C1 control character" } };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buf b = { 0 };

		buf_adds(&b, "x");
		tap_ok(!unescape_tsv(&b, bad[i].text, strlen(bad[i].text)) && holds(&b, "x", 1),
		    "unescape: tsv: %s is rejected", bad[i].why);
		buf_free(&b);
	}
}

/* `want` has a | after each word. */
static void
words_are(const char *text, const char *want, const char *behaviour)
{
	struct buf b = { 0 };
	int n = unescape_shell(&b, text, strlen(text)), ends = 0;

	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '\0') {
			b.data[i] = '|';
			ends++;
		}
	if (!tap_ok(n == ends && holds(&b, want, strlen(want)), "unescape: shell: %s", behaviour))
		printf("# got %d: %.*s\n", n, (int)b.len, b.len > 0 ? b.data : "");
	buf_free(&b);
}

static void
test_words(void)
{
	words_are("", "", "an empty text has no words");
	words_are(" \t\n", "", "blanks alone have no words");
	words_are("a  b\tc\nd", "a|b|c|d|", "blanks, tabs and newlines separate words");
	words_are("'a b' \"c d\" e\\ f", "a b|c d|e f|", "three kinds of quotes protect blanks");
	words_are("'' \"\"", "||", "empty quotes are empty words");
	words_are("a'b'\"c\"\\d", "abcd|", "quotes inside a word join it");
	words_are(
	    "'a\\b' \"a\\b\\$\\\"\\\\\"", "a\\b|a\\b$\"\\|", "a backslash in quotes is special before $, \" and \\");
	words_are("a\\\nb \\\n c \"d\\\ne\"", "ab|c|de|", "backslash-newline is removed");
	words_are("a\\", "a\\|", "a backslash at the end is literal");
	words_are("$'a\\n\\t\\'\\x41\\101\\u00e9\\e' $x \"$'a'\"", "a\n\t'AA\303\251\033|$x|$'a'|",
	    "escapes in $'...', and a $ elsewhere is literal");
	words_are(
	    "$'\\cA\\q\\U1F600\\c?\\xz'", "\001\\q\360\237\230\200\177\\xz|", "control, unknown and long escapes");
	words_are("$\"a\" $ $", "$a|$|$|", "a $ before other characters is literal");
}

static void
test_words_rejected(void)
{
	static const struct {
		const char *text, *why;
	} bad[] = { { "'", "a single quote" }, { "\"", "a double quote" }, { "a 'b", "an open single quote" },
		{ "a \"b\\\"", "an open double quote" }, { "$'a", "an open $'" },
		{ "$'a\\", "a backslash at the end of $'" }, { "$'\\'", "an escaped closing quote" },
		{ "$'\\x00'", "a NUL in hexadecimal" }, { "$'\\0'", "a NUL in octal" },
		{ "$'\\400'", "an octal number that wraps to NUL" },
		{ "$'\\U110000'", "a code point above U+10FFFF" } };
	struct buf b = { 0 };

	buf_adds(&b, "x");
	for (size_t i = 0; i < COUNT(bad); i++)
		tap_ok(unescape_shell(&b, bad[i].text, strlen(bad[i].text)) == -1 && holds(&b, "x", 1),
		    "unescape: shell: %s is rejected", bad[i].why);
	tap_ok(unescape_shell(&b, "a\0b", 3) == -1 && holds(&b, "x", 1), "unescape: shell: a NUL byte is rejected");
	buf_free(&b);
}

static void
test_words_of_escape(void)
{
	struct buf line = { 0 }, want = { 0 }, back = { 0 };

	for (int c = 1; c < 256; c++) {
		const char word[] = { (char)c, 'x', (char)c, '\0' };

		buf_addc(&line, ' ');
		escape_shell(&line, word);
		buf_add(&want, word, sizeof(word));
	}
	tap_ok(unescape_shell(&back, line.data, line.len) == 255 && holds(&back, want.data, want.len),
	    "unescape: shell: every byte that escape_shell quotes is read back");
	buf_free(&line);
	buf_free(&want);
	buf_free(&back);
}

int
main(void)
{
	test_tsv_pairs();
	test_tsv_appends();
	test_tsv_rejected();
	test_words();
	test_words_rejected();
	test_words_of_escape();
	return tap_done();
}
