/* columns: text is cut at the last character that fits, by the width that the locale gives it. */
#include "base/columns.h"

#include <locale.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

static bool
is(struct columns *c, const char *want, size_t width)
{
	bool good = c->b->len == strlen(want) && memcmp(c->b->data, want, c->b->len) == 0 && c->width == width;

	if (!good)
		printf("# got '%.*s' of %zu columns\n", (int)c->b->len, c->b->data, c->width);
	buf_free(c->b);
	return good;
}

static bool
shows(const char *bytes, size_t len, size_t most, const char *want, size_t width)
{
	struct buf b = { 0 };
	struct columns c = { &b, 0, most };

	buf_reserve(&b, 1);
	columns_visible(&c, bytes, len);
	return is(&c, want, width);
}

#define SHOWS(text, most, want, width) shows(text, sizeof(text) - 1, most, want, width)

static void
test_visible(void)
{
	tap_ok(SHOWS("", 5, "", 0), "columns: an empty text takes no column");
	tap_ok(SHOWS("abc", 3, "abc", 3), "columns: a text that just fits is complete");
	tap_ok(SHOWS("abcd", 3, "abc", 3), "columns: a text that is too long is cut");
	tap_ok(SHOWS("abc", 0, "", 0), "columns: nothing fits into no columns");
	tap_ok(SHOWS("a\tb\033", 10, "a\\tb\\x1b", 8), "columns: control characters are escaped");
	tap_ok(SHOWS("\377a", 10, "\\xffa", 5), "columns: bytes that are not UTF-8 are escaped");
	tap_ok(SHOWS("a\0b", 10, "a\\x00b", 6), "columns: a NUL byte is escaped");
}

static void
test_width(void)
{
	/* U+65E5 takes two columns, U+0301 none. */
	tap_ok(SHOWS("\346\227\245", 2, "\346\227\245", 2), "columns: a wide character takes two columns");
	tap_ok(SHOWS("a\346\227\245b", 2, "a", 1), "columns: nothing follows a wide character that does not fit");
	tap_ok(SHOWS("e\314\201x", 1, "e\314\201", 1), "columns: a combining character fits into the last column");
	/* Not assigned: the locale cannot print it. */
	tap_ok(SHOWS("\364\217\277\277", 20, "\\xf4\\x8f\\xbf\\xbf", 16),
	    "columns: a character that the locale cannot print appears as bytes");
	tap_ok(SHOWS("\364\217\277\277", 10, "\\xf4\\x8f", 8), "columns: no byte is shown in part");
}

static void
test_append(void)
{
	struct buf b = { 0 };
	struct columns c = { &b, 0, 10 };

	columns_format(&c, "%d/%s", 12, "x");
	columns_visible(&c, " y", 2);
	tap_ok(b.len == 6 && c.width == 6, "columns: texts follow each other");
	columns_format(&c, "%s", "123456789");
	tap_ok(is(&c, "12/x y1234", 10), "columns: the last text is cut");
}

static void
test_format_long(void)
{
	struct buf b = { 0 };
	struct columns c = { &b, 0, 1000 };

	columns_format(&c, "%0500d", 1);
	tap_ok(c.width == 127 && b.len == 127, "columns: a format is cut to 127 bytes");
	buf_free(&b);
}

static bool
times(int64_t ns, const char *want)
{
	struct buf b = { 0 };
	struct columns c = { &b, 0, 40 };

	columns_time(&c, ns);
	return is(&c, want, strlen(want));
}

static void
test_time(void)
{
	tap_ok(times(0, "0:00") && times(7 * NS_PER_S, "0:07") && times(754 * NS_PER_S, "12:34"),
	    "columns: minutes and seconds");
	tap_ok(times(3599 * NS_PER_S + NS_PER_S - 1, "59:59"), "columns: a fraction of a second is dropped");
	tap_ok(times(3600 * NS_PER_S, "1:00:00") && times(3723 * NS_PER_S, "1:02:03"), "columns: hours");
	tap_ok(times(-NS_PER_S, "0:00"), "columns: a negative time is 0");
	tap_ok(times(INT64_MAX, "2562047:47:16"), "columns: the longest time");
}

/* In the locale C only ASCII is printable. */
static void
test_c_locale(void)
{
	setlocale(LC_CTYPE, "C");
	tap_ok(SHOWS("\303\274", 20, "\\xc3\\xbc", 8), "columns: in the locale C other characters appear as bytes");
}

int
main(void)
{
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
		printf("1..0 # SKIP no locale C.UTF-8\n");
		return 0;
	}
	test_visible();
	test_width();
	test_append();
	test_format_long();
	test_time();
	test_c_locale();
	return tap_done();
}
