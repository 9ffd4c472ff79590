/* progress-percent: lines that are a percentage, in pieces of any size, and everything that is not one. */
#include "output/progress-percent.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void
feed(const char *bytes, double want)
{
	size_t len = strlen(bytes);

	for (size_t piece = 1; piece <= len + 1; piece += 1 + piece / 5) {
		struct percent_reader r = { .len = 0 };
		double percent = -1, before;
		bool reported = true;

		for (size_t i = 0; i < len; i += piece) {
			before = percent;
			reported = percent_feed(&r, bytes + i, len - i < piece ? len - i : piece, &percent) ==
				(percent > before || percent < before) &&
			    reported;
		}
		if (percent > want || percent < want || !reported) {
			tap_ok(false, "progress-percent: %zu bytes, %zu at a time, give %g, not %g", len, piece,
			    percent, want);
			return;
		}
	}
	tap_ok(true, "progress-percent: %zu bytes in pieces of any size give %g", len, want);
}

static void
test_percent(void)
{
	static const char *const junk[] = { "", "\n", "42", "-1\n", "101\n", "100.01\n", "nan\n", "inf\n", "0x10\n",
		"1e1\n", "4 2\n", "%\n", "42%%\n", "42 %\n", "a42\n", "42a\n", ".\n", "1.2.3\n", "+5\n", "\xff\xfe\n",
		"\033[1m42\n", "42% done\n", "1111111111111111111111111111111111\n",
		"00000000000000000000000000000042\xff\n", "000000000000000000000000000000042\n",
		"                                 42\n" };

	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		feed(junk[i], -1);
	feed("42.5\n", 42.5);
	feed("42.5%\n", 42.5);
	feed(" 42.5% \r\n", 42.5);
	feed("0\n", 0);
	feed("100\n", 100);
	feed("100.000%\n", 100);
	feed(".5\n", 0.5);
	feed("\t7\t\n", 7);
	feed("00000000000000000000000000000042\n", 42);
	feed("1\n2\n3\n", 3);
	feed("1\r2\r3", 2);
	feed("1\n2\n3", 2);
	feed("10\njunk\n", 10);
	feed("junk junk junk junk junk junk junk junk junk 99\n12\n", 12);
	feed("50\n10%\n", 10);
}

static void
test_percent_bytes(void)
{
	struct percent_reader r = { .len = 0 };
	double percent = -1;
	char bytes[257];
	bool sane = true;

	tap_ok(!percent_feed(&r, "4\0002\n", 4, &percent) && percent < 0,
	    "progress-percent: a number with a NUL is ignored");
	tap_ok(percent_feed(&r, "7\n", 2, &percent) && !percent_feed(&r, "7\n", 2, &percent),
	    "progress-percent: the same number again does not count as a change");
	srand(1);
	for (int round = 0; round < 20000 && sane; round++) {
		size_t len = (size_t)rand() % sizeof(bytes);

		for (size_t i = 0; i < len; i++)
			bytes[i] = rand() % 3 ? "0123456789.% \n\r-e"[rand() % 17] : (char)rand();
		percent_feed(&r, bytes, len, &percent);
		sane = percent >= 0 && percent <= 100 && r.len <= sizeof(r.partial);
	}
	tap_ok(sane, "progress-percent: any bytes give a number from 0 to 100");
}

int
main(void)
{
	test_percent();
	test_percent_bytes();
	return tap_done();
}
