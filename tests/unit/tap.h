/* tap: what a unit test prints (Test Anything Protocol). A test is tap_ok calls, and at the end of main `return tap_done();`. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

/* One test; what it is about is printed as by printf(3). Returns `good`. */
static inline bool __attribute__((format(printf, 2, 3))) tap_ok(bool good, const char *about, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, about);
	vprintf(about, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	tap_failed += !good;
	return good;
}

/* The plan, when all tests are done. Returns main's status. */
static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif
