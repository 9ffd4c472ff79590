/* Invariant: utf8_length accepts whatever utf8_add appends for a Unicode scalar value. */
#include "base/utf8.h"

#include <stdbool.h>

/* Lead bytes and the range of the second byte (RFC 3629, section 4); every further byte is in 80..BF. */
static const struct {
	unsigned char lead_from, lead_to, next_from, next_to;
	size_t len;
} utf8_forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* Are bytes[from] to bytes[to - 1] continuation bytes? */
static bool
continued(const unsigned char *bytes, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t
utf8_length(const char *bytes, size_t len)
{
	const unsigned char *u = (const unsigned char *)bytes;

	if (len == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(utf8_forms) / sizeof(utf8_forms[0]); i++) {
		if (u[0] < utf8_forms[i].lead_from || u[0] > utf8_forms[i].lead_to)
			continue;
		if (len < utf8_forms[i].len || u[1] < utf8_forms[i].next_from || u[1] > utf8_forms[i].next_to)
			return 0;
		return continued(u, 2, utf8_forms[i].len) ? utf8_forms[i].len : 0;
	}
	return 0;
}

void
utf8_add(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_addc(b, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_addc(b, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_addc(b, (char)(0xe0 | c >> 12));
		} else {
			buf_addc(b, (char)(0xf0 | c >> 18));
			buf_addc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_addc(b, (char)(0x80 | (c & 0x3f)));
}
