/* escape: each quoting to the byte, back to the same bytes, and what sh itself makes of the shell's. */
#include "base/escape.h"
#include "base/unescape.h"

#include <string.h>

#include "job/command.h"
#include "tap.h"
#include "base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
holds(const struct buf *b, const char *want, size_t len)
{
	return b->len == len && (len == 0 || memcmp(b->data, want, len) == 0);
}

static void
test_utf8(void)
{
	static const struct {
		const char *bytes;
		size_t len, want;
	} rows[] = { { "", 0, 0 }, { "a", 1, 1 }, { "\0", 1, 1 }, { "\177", 1, 1 }, { "\302\200", 2, 2 },
		{ "\337\277", 2, 2 }, { "\340\240\200", 3, 3 }, { "\355\237\277", 3, 3 }, { "\356\200\200", 3, 3 },
		{ "\360\220\200\200", 4, 4 }, { "\364\217\277\277", 4, 4 }, { "\200", 1, 0 }, { "\300\200", 2, 0 },
		{ "\301\277", 2, 0 }, { "\340\237\277", 3, 0 }, { "\355\240\200", 3, 0 }, { "\360\217\277\277", 4, 0 },
		{ "\364\220\200\200", 4, 0 }, { "\365\200\200\200", 4, 0 }, { "\377", 1, 0 }, { "\303", 1, 0 },
		{ "\342\202", 2, 0 }, { "\342\202a", 3, 0 }, { "\360\237\230", 3, 0 }, { "\303a", 2, 0 } };

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_ok(utf8_length(rows[i].bytes, rows[i].len) == rows[i].want, "character %zu takes %zu bytes", i,
		    rows[i].want);
}

static void
test_lines(void)
{
	static const struct {
		const char *bytes, *tsv, *visible, *json;
		bool valid;
	} rows[] = {
		{ "", "", "", "", true },
		{ "plain text", "plain text", "plain text", "plain text", true },
		{ "\t\n\r", "\\t\\n\\r", "\\t\\n\\r", "\\t\\n\\r", true },
		{ "a\\b\"c", "a\\\\b\"c", "a\\b\"c", "a\\\\b\\\"c", true },
		{ "\001\033\177", "\\x01\\x1b\\x7f", "\\x01\\x1b\\x7f", "\\u0001\\u001b\\u007f", true },
		{ "\b\f", "\\x08\\x0c", "\\x08\\x0c", "\\b\\f", true },
		{ "\303\251\360\237\230\200", "\303\251\360\237\230\200", "\303\251\360\237\230\200",
		    "\303\251\360\237\230\200", true },
		{ "\302\233\302\240", "\\xc2\\x9b\302\240", "\\xc2\\x9b\302\240", "\\u009b\302\240", true },
		{ "a\377b\303", "a\\xffb\\xc3", "a\\xffb\\xc3", "a\357\277\275b\357\277\275", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = { 0 };

		escape_tsv(&b, rows[i].bytes, strlen(rows[i].bytes));
		tap_ok(holds(&b, rows[i].tsv, strlen(rows[i].tsv)), "tsv %s", rows[i].tsv);
		b.len = 0;
		escape_visible(&b, rows[i].bytes, strlen(rows[i].bytes));
		tap_ok(holds(&b, rows[i].visible, strlen(rows[i].visible)), "visible %s", rows[i].visible);
		b.len = 0;
		tap_ok(escape_json(&b, rows[i].bytes, strlen(rows[i].bytes)) == rows[i].valid,
		    "json of %zu: valid or not", i);
		tap_ok(holds(&b, rows[i].json, strlen(rows[i].json)), "json %s", rows[i].json);
		buf_free(&b);
	}
}

/* All bytes, and all pairs with those that mean something. */
static void
test_tsv_back(void)
{
	size_t right = 0;
	struct buf text = { 0 }, back = { 0 };

	for (unsigned i = 0; i < 65536; i++) {
		const char bytes[2] = { (char)(i >> 8), (char)i };

		text.len = back.len = 0;
		escape_tsv(&text, bytes, 2);
		right += unescape_tsv(&back, text.data, text.len) && holds(&back, bytes, 2);
	}
	tap_ok(right == 65536, "tsv: all pairs of bytes come back: %zu", right);
	buf_free(&text);
	buf_free(&back);
}

static void
test_tsv_refused(void)
{
	static const char *const bad[] = { "\\", "\\q", "\\x", "\\x1", "\\xg0", "a\tb", "\n", "\001", "\377", "\\x41",
		"\\xC3", "\\x09", "\\xc3\\xa9", "\302\200" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buf b = { 0 };

		buf_adds(&b, "x");
		tap_ok(!unescape_tsv(&b, bad[i], strlen(bad[i])) && holds(&b, "x", 1), "tsv refused: number %zu", i);
		buf_free(&b);
	}
}

static void
test_shell(void)
{
	static const char *const rows[][2] = { { "", "''" }, { "a-b_c.d/e:f=g@h%i+j,k", "a-b_c.d/e:f=g@h%i+j,k" },
		{ "a b", "'a b'" }, { "it's", "'it'\\''s'" }, { "'", "''\\'''" }, { "$x", "'$x'" }, { "~", "'~'" },
		{ "a\nb", "'a\nb'" }, { "=x", "'=x'" }, { "#", "'#'" }, { "{a,b}", "'{a,b}'" }, { "!", "'!'" },
		{ "\303\251", "'\303\251'" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = { 0 };

		escape_shell(&b, rows[i][0]);
		tap_ok(holds(&b, rows[i][1], strlen(rows[i][1])), "shell %s", rows[i][1]);
		buf_free(&b);
	}
}

static void
command_is(char **argv, bool shell, const char *want)
{
	struct command c = { .argv = argv, .shell = shell };
	struct buf b = { 0 };

	while (argv[c.argc] != NULL)
		c.argc++;
	command_text(&b, &c);
	tap_ok(holds(&b, want, strlen(want)), "command %s", want);
	buf_free(&b);
}

static void
test_command(void)
{
	command_is((char *[]){ "cp", "a b", "c", NULL }, false, "cp 'a b' c");
	command_is((char *[]){ "a=b", "a=b", NULL }, false, "'a=b' a=b");
	command_is((char *[]){ "if", "if", NULL }, false, "'if' if");
	command_is((char *[]){ "time", NULL }, false, "'time'");
	command_is((char *[]){ "", "", NULL }, false, "'' ''");
	command_is((char *[]){ "/bin/sh", "-c", "a 'b' | c", NULL }, true, "a 'b' | c");
}

/* Words are told apart by |. */
static void
words_are(const char *text, const char *want)
{
	struct buf b = { 0 };
	int n = unescape_shell(&b, text, strlen(text)), ends = 0;

	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '\0') {
			b.data[i] = '|';
			ends++;
		}
	if (!tap_ok(n == ends && holds(&b, want, strlen(want)), "words of %s", text))
		printf("# got %d: %.*s\n", n, (int)b.len, b.len > 0 ? b.data : "");
	buf_free(&b);
}

static void
test_words(void)
{
	words_are("", "");
	words_are(" \t\n", "");
	words_are("a  b\tc\nd", "a|b|c|d|");
	words_are("'a b' \"c d\" e\\ f", "a b|c d|e f|");
	words_are("'' \"\"", "||");
	words_are("a'b'\"c\"\\d", "abcd|");
	words_are("'a\\b' \"a\\b\\$\\\"\\\\\"", "a\\b|a\\b$\"\\|");
	words_are("a\\\nb \\\n c \"d\\\ne\"", "ab|c|de|");
	words_are("a\\", "a\\|");
	words_are("$'a\\n\\t\\'\\x41\\101\\u00e9\\e' $x \"$'a'\"", "a\n\t'AA\303\251\033|$x|$'a'|");
	words_are("$'\\cA\\q\\U1F600'", "\001\\q\360\237\230\200|");
}

static void
test_words_refused(void)
{
	static const char *const bad[] = { "'", "\"", "a 'b", "a \"b\\\"", "$'a", "$'a\\", "$'\\'", "$'\\x00'",
		"$'\\0'", "$'\\400'", "$'\\U110000'" };
	struct buf b = { 0 };

	buf_adds(&b, "x");
	for (size_t i = 0; i < COUNT(bad); i++)
		tap_ok(unescape_shell(&b, bad[i], strlen(bad[i])) == -1 && holds(&b, "x", 1), "no words: %s", bad[i]);
	tap_ok(unescape_shell(&b, "a\0b", 3) == -1 && holds(&b, "x", 1), "no words: a NUL");
	buf_free(&b);
}

/* Every byte in the middle and at the start of a word: quoted, and read back by us and by sh. */
static void
test_shell_back(void)
{
	struct buf line = { 0 }, want = { 0 }, back = { 0 };
	char got[8192];
	size_t len;
	FILE *sh;

	buf_adds(&line, "printf '%s\\0'");
	for (int c = 1; c < 256; c++) {
		const char word[] = { (char)c, 'x', (char)c, '\0' };

		buf_addc(&line, ' ');
		escape_shell(&line, word);
		buf_add(&want, word, sizeof(word));
	}
	tap_ok(unescape_shell(&back, line.data + 14, line.len - 14) == 255 && holds(&back, want.data, want.len),
	    "every byte comes back");
	buf_addc(&line, '\0');
	sh = popen(line.data, "r");
	len = sh == NULL ? 0 : fread(got, 1, sizeof(got), sh);
	tap_ok(sh != NULL && pclose(sh) == 0 && holds(&want, got, len), "and from sh");
	buf_free(&line);
	buf_free(&want);
	buf_free(&back);
}

int
main(void)
{
	test_utf8();
	test_lines();
	test_tsv_back();
	test_tsv_refused();
	test_shell();
	test_command();
	test_words();
	test_words_refused();
	test_shell_back();
	return tap_done();
}
