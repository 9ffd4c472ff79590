/*
 * Invariant: o->at never passes o->end. Nesting is tracked with a counter instead of recursion, so that no input can
 * exhaust the stack.
 */
#include "base/json.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static void
skip_blanks(struct json_object *o)
{
	while (o->at < o->end && (*o->at == ' ' || *o->at == '\t' || *o->at == '\r' || *o->at == '\n'))
		o->at++;
}

static inline bool
take(struct json_object *o, char c)
{
	if (o->at < o->end && *o->at != c)
		skip_blanks(o);
	if (o->at == o->end || *o->at != c)
		return false;
	o->at++;
	return true;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads the four digits that follow \u. */
static bool
take_hex4(struct json_object *o, uint32_t *c)
{
	*c = 0;
	if (o->end - o->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(*o->at++);

		if (digit == -1)
			return false;
		*c = *c << 4 | (uint32_t)digit;
	}
	return true;
}

static bool
take_unicode(struct json_object *o, struct buf *out)
{
	uint32_t c, low;

	if (!take_hex4(o, &c) || (c >= 0xdc00 && c < 0xe000))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if (o->end - o->at < 2 || o->at[0] != '\\' || o->at[1] != 'u')
			return false;
		o->at += 2;
		if (!take_hex4(o, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
	}
	utf8_add(out, c);
	return true;
}

static bool
take_escape(struct json_object *o, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (o->at == o->end || *o->at == '\0')
		return false;
	if (*o->at == 'u') {
		o->at++;
		return take_unicode(o, out);
	}
	found = strchr(from, *o->at++);
	if (found == NULL)
		return false;
	buf_addc(out, to[found - from]);
	return true;
}

/* Reads a string from behind its opening quote to behind its closing quote. */
static bool
take_string(struct json_object *o, struct buf *out)
{
	for (;;) {
		const char *start = o->at;

		while (o->at < o->end && *o->at != '"' && *o->at != '\\' && (unsigned char)*o->at >= 0x20)
			o->at++;
		buf_add(out, start, (size_t)(o->at - start));
		if (o->at == o->end)
			return false;
		if (*o->at == '"') {
			o->at++;
			return true;
		}
		if (*o->at++ != '\\' || !take_escape(o, out))
			return false;
	}
}

/* Reads from an opening bracket to behind the bracket that closes it. */
static bool
take_nested(struct json_object *o)
{
	struct buf ignored = { 0 };
	size_t depth = 0;
	bool good = true;

	do {
		char c = *o->at++;

		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		else if (c == '"')
			good = take_string(o, &ignored);
	} while (good && depth > 0 && o->at < o->end);
	buf_free(&ignored);
	return good && depth == 0;
}

static bool
is_word(const char *text, size_t len)
{
	return (len == 4 && (memcmp(text, "true", 4) == 0 || memcmp(text, "null", 4) == 0)) ||
	    (len == 5 && memcmp(text, "false", 5) == 0);
}

static bool
in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

static bool
in_word(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Reads a number or a word. Of a number only the set of characters is checked. */
static bool
take_scalar(struct json_object *o, struct buf *value, enum json_kind *kind)
{
	const char *start = o->at;
	size_t len;

	while (o->at < o->end && in_number(*o->at))
		o->at++;
	*kind = o->at > start && (o->at == o->end || !in_word(*o->at)) ? JSON_NUMBER : JSON_WORD;
	while (o->at < o->end && in_word(*o->at))
		o->at++;
	len = (size_t)(o->at - start);
	buf_add(value, start, len);
	return *kind == JSON_NUMBER || is_word(start, len);
}

static bool
take_value(struct json_object *o, struct buf *value, enum json_kind *kind)
{
	const char *start;
	bool good;

	skip_blanks(o);
	if (o->at == o->end)
		return false;
	if (*o->at == '"') {
		o->at++;
		*kind = JSON_STRING;
		return take_string(o, value);
	}
	if (*o->at != '{' && *o->at != '[')
		return take_scalar(o, value, kind);
	start = o->at;
	*kind = JSON_NESTED;
	good = take_nested(o);
	buf_add(value, start, (size_t)(o->at - start));
	return good;
}

bool
json_begin(struct json_object *o, const char *text, size_t len)
{
	*o = (struct json_object){ .at = text, .end = text + len, .first = true };
	return take(o, '{');
}

int
json_next(struct json_object *o, struct buf *key, struct buf *value, enum json_kind *kind)
{
	key->len = value->len = 0;
	if (take(o, '}')) {
		skip_blanks(o);
		return o->at == o->end ? 0 : -1;
	}
	if (!o->first && !take(o, ','))
		return -1;
	o->first = false;
	if (!take(o, '"') || !take_string(o, key) || !take(o, ':') || !take_value(o, value, kind))
		return -1;
	return 1;
}
