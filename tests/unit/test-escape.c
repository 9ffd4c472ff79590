/* escape: the exact bytes of each quoting, and what sh reads from words that are quoted for it. */
#include "base/escape.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
holds(const struct buf *b, const char *want, size_t len)
{
	return b->len == len && (len == 0 || memcmp(b->data, want, len) == 0);
}

static void
test_formats(void)
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
		{ "\342\200\256a\342\201\246", "\342\200\256a\342\201\246", "\\xe2\\x80\\xaea\\xe2\\x81\\xa6",
		    "\\u202ea\\u2066", true },
		{ "\342\200\252\342\201\251", "\342\200\252\342\201\251", "\\xe2\\x80\\xaa\\xe2\\x81\\xa9",
		    "\\u202a\\u2069", true },
		{ "\342\200\251\342\200\257\342\201\245\342\201\252", /* the characters before and after */
		    "\342\200\251\342\200\257\342\201\245\342\201\252",
		    "\342\200\251\342\200\257\342\201\245\342\201\252",
		    "\342\200\251\342\200\257\342\201\245\342\201\252", true },
		{ "a\377b\303", "a\\xffb\\xc3", "a\\xffb\\xc3", "a\357\277\275b\357\277\275", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = { 0 };

		escape_tsv(&b, rows[i].bytes, strlen(rows[i].bytes));
		tap_ok(holds(&b, rows[i].tsv, strlen(rows[i].tsv)), "escape: tsv: %s", rows[i].tsv);
		b.len = 0;
		escape_visible(&b, rows[i].bytes, strlen(rows[i].bytes));
		tap_ok(holds(&b, rows[i].visible, strlen(rows[i].visible)), "escape: visible: %s", rows[i].visible);
		b.len = 0;
		tap_ok(escape_json(&b, rows[i].bytes, strlen(rows[i].bytes)) == rows[i].valid,
		    "escape: json: row %zu is valid UTF-8 or reported", i);
		tap_ok(holds(&b, rows[i].json, strlen(rows[i].json)), "escape: json: %s", rows[i].json);
		buf_free(&b);
	}
}

static void
test_overrides(void)
{
	struct buf b = { 0 };
	const char text[] = "a\t\\\033\342\200\256b\377\342\201\250\n";

	escape_overrides(&b, text, strlen(text));
	tap_ok(holds(&b, "a\t\\\033\\xe2\\x80\\xaeb\377\\xe2\\x81\\xa8\n", 31),
	    "escape: overrides: only changes of direction are escaped");
	buf_free(&b);
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
		tap_ok(holds(&b, rows[i][1], strlen(rows[i][1])), "escape: shell: row %zu is quoted if necessary", i);
		buf_free(&b);
	}
}

static void
test_words(void)
{
	struct buf b = { 0 };

	escape_words(&b, (char *[]){ "if", "if", "a b", "x=y" }, 4);
	tap_ok(holds(&b, "'if' if 'a b' x=y", 17), "escape: words: a reserved word is quoted in first place only");
	b.len = 0;
	escape_words(&b, (char *[]){ "x=y" }, 1);
	tap_ok(holds(&b, "'x=y'", 5), "escape: words: an assignment in first place is quoted");
	b.len = 0;
	escape_words(&b, NULL, 0);
	tap_ok(b.len == 0, "escape: words: no words are nothing");
	buf_free(&b);
}

static void
test_hex(void)
{
	struct buf b = { 0 };

	escape_hex(&b, "", 0);
	escape_hex(&b, "\0a\177\377", 4);
	tap_ok(holds(&b, "00617fff", 8), "escape: hex: two digits for each byte");
	buf_free(&b);
}

/* Every byte at the start and at the end of a word. */
static void
test_sh_reads_back(void)
{
	struct buf line = { 0 }, want = { 0 };
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
	buf_addc(&line, '\0');
	sh = popen(line.data, "r");
	len = sh == NULL ? 0 : fread(got, 1, sizeof(got), sh);
	tap_ok(sh != NULL && pclose(sh) == 0 && holds(&want, got, len), "escape: shell: sh reads every byte back");
	buf_free(&line);
	buf_free(&want);
}

int
main(void)
{
	test_formats();
	test_overrides();
	test_shell();
	test_words();
	test_hex();
	test_sh_reads_back();
	return tap_done();
}
