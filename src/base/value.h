/* value: what a user may write behind an option, strictly: no blanks, signs, exponents or trailing bytes pass. */
#ifndef QPOOL_VALUE_H
#define QPOOL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* A whole number in decimal digits, from least (at least 0) to most. */
bool value_number(const char *text, long long least, long long most, long long *n);
/* A decimal fraction as people write one, "10", "0.5", ".5"; -1: it is none. Huge ones may be infinity. */
double value_decimal(const char *text);
/* Seconds as value_decimal takes them, in nanoseconds; more than none is never 0; -1: it is no such number. */
int64_t value_seconds(const char *text);
/* A number of bytes: "4096", "500M", "2g". k, M, G and T are powers of 1024. */
bool value_size(const char *text, uint64_t *bytes);
/* One byte: itself, or as an escape of C (\n, \0, \x1f, \037); -1: it is none or several. */
int value_byte(const char *text);
/* The place of text among words ("a|b|c"), from 0; -1: it is none of them. */
int value_word(const char *text, const char *words);

#endif
