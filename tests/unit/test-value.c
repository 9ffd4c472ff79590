/* value: option values that are accepted, and many that are rejected. */
#include "base/value.h"

#include <stddef.h>

#include "tap.h"

static void
test_number(void)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1e1", "1.0", "a", "1a", "101",
		"99999999999999999999" };
	long long n = 7;

	tap_ok(value_number("0", 0, 100, &n) && n == 0, "value: number: 0");
	tap_ok(value_number("100", 0, 100, &n) && n == 100, "value: number: the largest one that is allowed");
	tap_ok(value_number("007", 0, 100, &n) && n == 7, "value: number: 007 is decimal");
	tap_ok(!value_number("0", 1, 100, &n), "value: number: below the smallest one is rejected");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		tap_ok(!value_number(bad[i], 0, 100, &n), "value: number: '%s' is rejected", bad[i]);
}

static bool
is_decimal(const char *text, double want)
{
	double got = value_decimal(text);

	return got >= want && got <= want;
}

static void
test_decimal(void)
{
	static const char *const bad[] = { "", ".", "-1", "+1", " 1", "1 ", "1e3", "0x10", "inf", "nan", "infinity",
		"1.2.3", "1,5", "1s", "..5" };

	tap_ok(is_decimal("0", 0), "value: decimal: 0");
	tap_ok(is_decimal("0.5", 0.5), "value: decimal: 0.5");
	tap_ok(is_decimal(".5", 0.5), "value: decimal: .5");
	tap_ok(is_decimal("10.", 10), "value: decimal: 10.");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		tap_ok(value_decimal(bad[i]) < 0, "value: decimal: '%s' is rejected", bad[i]);
}

static void
test_seconds(void)
{
	tap_ok(value_seconds("0") == 0, "value: seconds: 0");
	tap_ok(value_seconds("1.25") == 1250000000, "value: seconds: 1.25");
	tap_ok(value_seconds("0.0000000000001") == 1, "value: seconds: less than a nanosecond is not 0");
	tap_ok(value_seconds("99999999999999999999999999") > 0, "value: seconds: a huge number does not overflow");
	tap_ok(value_seconds("-1") == -1 && value_seconds("nan") == -1 && value_seconds("") == -1,
	    "value: seconds: other texts are rejected");
}

static bool
is_size(const char *text, uint64_t want)
{
	uint64_t bytes = 99;

	return value_size(text, &bytes) && bytes == want;
}

static void
test_size(void)
{
	static const char *const bad[] = { "", "K", "-1", "+1", " 1", "1 ", "1KB", "1KK", "0x10", "1.5G", "1X",
		"9999999999999999999", "17592186044416T", "1e3", "0K0" };
	uint64_t bytes;

	tap_ok(is_size("0", 0) && is_size("000", 0) && is_size("0G", 0), "value: size: 0");
	tap_ok(is_size("4096", 4096), "value: size: 4096");
	tap_ok(is_size("010", 10), "value: size: 010 is decimal");
	tap_ok(is_size("1k", 1024) && is_size("1K", 1024), "value: size: 1K is 1024");
	tap_ok(is_size("3M", UINT64_C(3) << 20) && is_size("2G", UINT64_C(2) << 30) && is_size("1T", UINT64_C(1) << 40),
	    "value: size: M, G and T");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		tap_ok(!value_size(bad[i], &bytes), "value: size: '%s' is rejected", bad[i]);
}

static void
test_byte(void)
{
	static const struct {
		const char *text;
		int byte;
	} good[] = { { ",", ',' }, { "\\", '\\' }, { "\xff", 0xff }, { "\n", '\n' }, { "\\n", '\n' }, { "\\t", '\t' },
		{ "\\0", 0 }, { "\\\\", '\\' }, { "\\x1f", 0x1f }, { "\\xA", 10 }, { "\\xfF", 0xff }, { "\\012", 10 },
		{ "\\12", 10 }, { "\\377", 0xff }, { "\\r", '\r' }, { "\\a", '\a' }, { "\\e", 27 } };
	static const char *const bad[] = { "", "ab", "\\q", "\\x", "\\xg", "\\x123", "\\400", "\\8", "\\0123", "\\n ",
		"\\\\\\", "\xc3\xa9", "\\nn" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		tap_ok(value_byte(good[i].text) == good[i].byte, "value: byte: row %zu is byte %d", i, good[i].byte);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		tap_ok(value_byte(bad[i]) == -1, "value: byte: row %zu is rejected", i);
}

static void
test_word(void)
{
	tap_ok(value_word("a", "a|bc|d") == 0 && value_word("bc", "a|bc|d") == 1 && value_word("d", "a|bc|d") == 2,
	    "value: word: the index of each word");
	tap_ok(value_word("", "a|b") == -1 && value_word("a|b", "a|b") == -1 && value_word("b", "a|bc") == -1,
	    "value: word: an empty text, two words and a part of one are rejected");
	tap_ok(value_word("A", "a") == -1 && value_word("a", "") == -1,
	    "value: word: case matters, and an empty list has no words");
}

int
main(void)
{
	test_number();
	test_decimal();
	test_seconds();
	test_size();
	test_byte();
	test_word();
	return tap_done();
}
