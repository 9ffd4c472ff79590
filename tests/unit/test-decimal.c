/* decimal: numbers as text, at the limits of 64 bits, compared with printf. */
#include "base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

static bool
is(struct buf *b, const char *want)
{
	bool good = b->len == strlen(want) && memcmp(b->data, want, b->len) == 0;

	if (!good)
		printf("# got %.*s, not %s\n", (int)b->len, b->data, want);
	buf_free(b);
	return good;
}

static bool
adds(uint64_t n)
{
	struct buf b = { 0 };
	char want[32];

	snprintf(want, sizeof(want), "%" PRIu64, n);
	decimal_add(&b, n);
	return is(&b, want);
}

static bool
fixes(int64_t value, unsigned places, unsigned width, const char *want)
{
	struct buf b = { 0 };

	decimal_fixed(&b, value, places, width);
	return is(&b, want);
}

static void
test_add(void)
{
	bool good = true;

	tap_ok(adds(0) && adds(UINT64_MAX), "decimal: 0 and the largest number");
	for (uint64_t n = 1; n <= UINT64_MAX / 10; n *= 10)
		good = good && adds(n) && adds(n - 1) && adds(10 * n - 1);
	tap_ok(good, "decimal: numbers around every power of ten");
}

static void
test_fixed(void)
{
	tap_ok(fixes(0, 0, 0, "0") && fixes(0, 3, 0, "0.000"), "decimal: zero with and without decimals");
	tap_ok(fixes(1234567, 3, 0, "1234.567"), "decimal: three decimals");
	tap_ok(fixes(7, 3, 0, "0.007"), "decimal: zeros behind the point");
	tap_ok(fixes(-7, 3, 0, "-0.007") && fixes(-1234, 0, 0, "-1234"), "decimal: negative numbers");
	tap_ok(fixes(1999, 3, 0, "1.999"), "decimal: nothing is rounded");
	tap_ok(fixes(INT64_MAX, 9, 0, "9223372036.854775807") && fixes(INT64_MIN, 9, 0, "-9223372036.854775808"),
	    "decimal: the limits of 64 bits");
	tap_ok(fixes(INT64_MIN, 18, 0, "-9.223372036854775808"), "decimal: 18 decimals");
	tap_ok(fixes(5, 1, 6, "   0.5") && fixes(-5, 1, 6, "  -0.5"), "decimal: blanks on the left");
	tap_ok(fixes(123456, 1, 3, "12345.6"), "decimal: a number wider than the field is not cut");
	tap_ok(fixes(1, 0, 32, "                               1"), "decimal: the widest field");
}

int
main(void)
{
	test_add();
	test_fixed();
	return tap_done();
}
