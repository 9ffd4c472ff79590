/*
 * Digits are written backwards into a small array and appended in one piece. A record has about fifteen numbers, and
 * with printf(3) they would be the larger part of its cost.
 */
#include "base/decimal.h"

#define DIGITS_MAX 32 /* 20 digits of a 64-bit number, a point, a sign, padding */

static char *
digits_before(char *end, uint64_t n)
{
	do {
		*--end = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	return end;
}

void
decimal_add(struct buf *b, uint64_t n)
{
	char text[DIGITS_MAX], *end = text + sizeof(text), *start = digits_before(end, n);

	buf_add(b, start, (size_t)(end - start));
}

void
decimal_fixed(struct buf *b, int64_t value, unsigned places, unsigned width)
{
	char text[DIGITS_MAX], *end = text + sizeof(text), *start = end;
	uint64_t n = value < 0 ? -(uint64_t)value : (uint64_t)value;

	for (unsigned i = 0; i < places; i++) {
		*--start = (char)('0' + n % 10);
		n /= 10;
	}
	if (places > 0)
		*--start = '.';
	start = digits_before(start, n);
	if (value < 0)
		*--start = '-';
	while (start > text && end - start < (long)width)
		*--start = ' ';
	buf_add(b, start, (size_t)(end - start));
}
