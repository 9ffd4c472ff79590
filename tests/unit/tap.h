/*
 * tap: the output of a unit test, in the Test Anything Protocol.
 *
 * A test calls tap_ok for each check, and main ends with `return tap_done();`. A description has the form "module:
 * behaviour", so that grep finds the check.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

/*
 * Reports one check on one line. The description is formatted as by printf(3), and bytes that are not printable ASCII
 * appear as \xHH. Returns `good`.
 */
static inline bool __attribute__((format(printf, 2, 3))) tap_ok(bool good, const char *about, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, about);
	vsnprintf(text, sizeof(text), about, ap);
	va_end(ap);
	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	for (const char *c = text; *c != '\0'; c++)
		printf(*c >= ' ' && *c <= '~' ? "%c" : "\\x%02x", (unsigned char)*c);
	putchar('\n');
	fflush(stdout);
	tap_failed += !good;
	return good;
}

/* Prints the plan after the last check. Returns the exit status for main. */
static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif
