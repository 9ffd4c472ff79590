#include "cli/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/write-all.h"

/* `error` 0: without the text of an error. */
static void
print(int error, const char *format, va_list ap)
{
	struct buf text = { 0 }, shown = { 0 };

	buf_addv(&text, format, ap);
	if (error != 0) {
		buf_adds(&text, ": ");
		buf_adds(&text, strerror(error));
	}
	escape_visible(&shown, getprogname(), strlen(getprogname()));
	buf_adds(&shown, ": ");
	escape_visible(&shown, text.data, text.len);
	buf_addc(&shown, '\n');
	(void)write_all(STDERR_FILENO, shown.data, shown.len);
	buf_free(&text);
	buf_free(&shown);
}

void
message_warnx(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(0, format, ap);
	va_end(ap);
}

void
message_warn(const char *format, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, format);
	print(error, format, ap);
	va_end(ap);
}

void
message_warnc(int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(error, format, ap);
	va_end(ap);
}

void
message_errx(int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(0, format, ap);
	va_end(ap);
	exit(status);
}

void
message_err(int status, const char *format, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, format);
	print(error, format, ap);
	va_end(ap);
	exit(status);
}

void
message_errc(int status, int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(error, format, ap);
	va_end(ap);
	exit(status);
}
