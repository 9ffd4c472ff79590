/* value: parses the values of options. Blanks, signs, exponents and trailing bytes are errors. */
#ifndef QPOOL_VALUE_H
#define QPOOL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Parses decimal digits into *n, a number from `least` (not negative) to `most`. Returns false if `text` is anything
 * else.
 */
bool value_number(const char *text, long long least, long long most, long long *n);
/*
 * Parses a number such as "10", "0.5" or ".5". Returns -1 if `text` is anything else, and infinity for a number too
 * large.
 */
double value_decimal(const char *text);
/*
 * Parses seconds in the form of value_decimal and returns nanoseconds, or -1 if `text` is anything else. A value above
 * 0 returns at least 1 ns.
 */
int64_t value_seconds(const char *text);
/*
 * Parses a number of bytes: "4096", "500M", "2g". k, M, G and T are powers of 1024. Returns false if `text` is invalid.
 */
bool value_size(const char *text, uint64_t *bytes);
/*
 * Parses one byte, given literally or as an escape of C (\n, \0, \x1f, \037), and returns it. Returns -1 if `text` is
 * anything else.
 */
int value_byte(const char *text);
/* Returns the index, from 0, of `text` in a list such as "a|b|c", or -1 if it is not in the list. */
int value_word(const char *text, const char *words);

#endif
