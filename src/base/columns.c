/* Invariant: width <= most, and after a character that did not fit nothing more of the same text is added. */
#include "base/columns.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/utf8.h"

/* Appends one character of `len` bytes and `width` columns. Returns false if it does not fit. */
static bool
add_character(struct columns *c, const char *bytes, size_t len, size_t width)
{
	if (width > c->most - c->width)
		return false;
	buf_add(c->b, bytes, len);
	c->width += width;
	return true;
}

static bool
add_hex(struct columns *c, const char *bytes, size_t len)
{
	char text[8];

	for (size_t i = 0; i < len; i++) {
		snprintf(text, sizeof(text), "\\x%02x", (unsigned char)bytes[i]);
		if (!add_character(c, text, 4, 4))
			return false;
	}
	return true;
}

/* The text is UTF-8; the locale may use another encoding, and then non-ASCII characters are shown as bytes. */
static void
add_text(struct columns *c, const char *text, size_t len)
{
	mbstate_t state;
	wchar_t wide;
	size_t n;
	int width;
	bool fits = true;

	for (; len > 0 && fits; text += n, len -= n) {
		n = utf8_length(text, len);
		n = n == 0 ? 1 : n;
		memset(&state, 0, sizeof(state));
		width = mbrtowc(&wide, text, n, &state) == n ? wcwidth(wide) : -1;
		fits = width >= 0 ? add_character(c, text, n, (size_t)width) : add_hex(c, text, n);
	}
}

void
columns_format(struct columns *c, const char *format, ...)
{
	char text[128];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n > 0)
		add_text(c, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void
columns_time(struct columns *c, int64_t ns)
{
	long long s = ns > 0 ? ns / NS_PER_S : 0;

	if (s >= 3600)
		columns_format(c, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		columns_format(c, "%lld:%02lld", s / 60, s % 60);
}

void
columns_visible(struct columns *c, const char *bytes, size_t len)
{
	struct buf b = { 0 };

	escape_visible(&b, bytes, len);
	add_text(c, b.data, b.len);
	buf_free(&b);
}
