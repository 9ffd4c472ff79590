/* Invariant: the parsers of the C library see only text that was checked here; on their own they accept too much. */
#include "base/value.h"

#include <libutil.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define DIGITS "0123456789"

bool
value_number(const char *text, long long least, long long most, long long *n)
{
	const char *error = NULL;

	if (text[strspn(text, DIGITS)] != '\0')
		return false;
	*n = strtonum(text, least, most, &error);
	return error == NULL;
}

double
value_decimal(const char *text)
{
	size_t whole = strspn(text, DIGITS), end = whole, digits = whole;

	if (text[whole] == '.') {
		end += 1 + strspn(text + whole + 1, DIGITS);
		digits = end - 1;
	}
	return digits > 0 && text[end] == '\0' ? strtod(text, NULL) : -1;
}

int64_t
value_seconds(const char *text)
{
	double s = value_decimal(text);
	int64_t ns = s < 0 ? -1 : clock_ns(s);

	return s > 0 && ns == 0 ? 1 : ns;
}

bool
value_size(const char *text, uint64_t *bytes)
{
	size_t zeros = strspn(text, "0"), digits = strspn(text + zeros, DIGITS);
	const char *suffix = text + zeros + digits;

	if (zeros + digits == 0 || digits > 18 || strlen(suffix) > 1 || strspn(suffix, "kKmMgGtT") != strlen(suffix))
		return false;
	*bytes = 0;
	/* A leading zero would make it octal. */
	return digits == 0 || expand_number(text + zeros, bytes) == 0;
}

static int
digit_value(char c, int base)
{
	int n = -1;

	if (c >= '0' && c <= '9')
		n = c - '0';
	else if (c >= 'a' && c <= 'f')
		n = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		n = c - 'A' + 10;
	return n < base ? n : -1;
}

/* Parses 1 to `most` digits, and nothing else, as the value of a byte. */
static int
byte_of_digits(const char *text, int base, size_t most)
{
	int n = 0, digit;
	size_t i;

	for (i = 0; i < most && text[i] != '\0'; i++) {
		digit = digit_value(text[i], base);
		if (digit == -1)
			return -1;
		n = n * base + digit;
	}
	return i > 0 && text[i] == '\0' && n <= UCHAR_MAX ? n : -1;
}

int
value_byte(const char *text)
{
	static const char letters[] = "abefnrtv\\", bytes[] = "\a\b\033\f\n\r\t\v\\";
	const char *found;

	if (text[0] != '\0' && text[1] == '\0')
		return (unsigned char)text[0];
	if (text[0] != '\\')
		return -1;
	if (text[1] == 'x')
		return byte_of_digits(text + 2, 16, 2);
	found = text[2] == '\0' ? strchr(letters, text[1]) : NULL;
	return found != NULL ? bytes[found - letters] : byte_of_digits(text + 1, 8, 3);
}

int
value_word(const char *text, const char *words)
{
	size_t len = strlen(text), n;

	for (int i = 0; *words != '\0'; i++) {
		n = strcspn(words, "|");
		if (n == len && memcmp(words, text, n) == 0)
			return i;
		words += n + (words[n] == '|');
	}
	return -1;
}
