/* utf8: the length of valid, invalid and incomplete characters, and every code point there and back. */
#include "base/utf8.h"

#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bounds of each row of the table in RFC 3629, section 4, and what lies just outside. */
static void
test_length(void)
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
		tap_ok(utf8_length(rows[i].bytes, rows[i].len) == rows[i].want, "utf8: row %zu has length %zu", i,
		    rows[i].want);
}

static void
test_add(void)
{
	static const uint32_t last[] = { 0x7f, 0x7ff, 0xffff, 0x10ffff };
	struct buf b = { 0 };
	size_t right = 0;
	uint32_t c = 0;

	for (size_t n = 0; n < COUNT(last); n++)
		for (; c <= last[n]; c++) {
			b.len = 0;
			utf8_add(&b, c);
			right +=
			    b.len == n + 1 && utf8_length(b.data, b.len) == (c >= 0xd800 && c <= 0xdfff ? 0 : n + 1);
		}
	tap_ok(right == 0x110000, "utf8: every code point has its length, and only surrogates are invalid");
	b.len = 0;
	utf8_add(&b, 0x20ac);
	tap_ok(b.len == 3 && memcmp(b.data, "\342\202\254", 3) == 0, "utf8: U+20AC is three bytes");
	buf_free(&b);
}

int
main(void)
{
	test_length();
	test_add();
	return tap_done();
}
