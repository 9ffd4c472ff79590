/* json: members of an object, and every kind of text that is not one. */
#include "base/json.h"

#include <string.h>

#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char letters[] = "snwx"; /* by enum json_kind */

/* Appends KEY:KIND:VALUE; for each member, and the last result: "." at the end, "!" if the text is invalid. */
static void
read_object(struct buf *out, const char *text, size_t len)
{
	struct buf key = { 0 }, value = { 0 };
	enum json_kind kind = JSON_STRING;
	struct json_object o;
	int got = -1;

	if (json_begin(&o, text, len))
		while ((got = json_next(&o, &key, &value, &kind)) == 1) {
			buf_add(out, key.data, key.len);
			buf_addf(out, ":%c:", letters[kind]);
			buf_add(out, value.data, value.len);
			buf_addc(out, ';');
		}
	buf_adds(out, got == 0 ? "." : "!");
	buf_free(&key);
	buf_free(&value);
}

static void
gives(const char *text, const char *want, const char *behaviour)
{
	struct buf out = { 0 };

	read_object(&out, text, strlen(text));
	if (!tap_ok(out.len == strlen(want) && memcmp(out.data, want, out.len) == 0, "json: %s", behaviour))
		printf("# got %.*s\n", (int)out.len, out.data);
	buf_free(&out);
}

static void
test_members(void)
{
	gives("{}", ".", "an empty object");
	gives(" \t\r\n{ \n} \n", ".", "blanks around an empty object");
	gives("{\"a\":\"b\"}", "a:s:b;.", "a string");
	gives("{ \"a\" : \"b\" , \"c\" : 1 }", "a:s:b;c:n:1;.", "blanks between all tokens");
	gives("{\"\":\"\"}", ":s:;.", "an empty key and an empty value");
	gives("{\"a\":1,\"a\":2}", "a:n:1;a:n:2;.", "a key that repeats is returned twice");
}

static void
test_scalars(void)
{
	gives("{\"a\":0,\"b\":-1.5e+10,\"c\":1E-2}", "a:n:0;b:n:-1.5e+10;c:n:1E-2;.", "numbers are returned as text");
	gives("{\"a\":true,\"b\":false,\"c\":null}", "a:w:true;b:w:false;c:w:null;.", "words");
	gives("{\"a\":truer}", "!", "a longer word is rejected");
	gives("{\"a\":tru}", "!", "a shorter word is rejected");
	gives("{\"a\":True}", "!", "a word with a capital is rejected");
	gives("{\"a\":1true}", "!", "a number that continues as a word is rejected");
}

static void
test_nested(void)
{
	gives(
	    "{\"a\":[1,[2,{\"b\":3}]],\"c\":4}", "a:x:[1,[2,{\"b\":3}]];c:n:4;.", "a nested value is returned as text");
	gives("{\"a\":{}}", "a:x:{};.", "a nested empty object");
	gives("{\"a\":[\"]\",\"\\\"]\"]}", "a:x:[\"]\",\"\\\"]\"];.", "brackets in nested strings do not count");
	gives("{\"a\":[1,2", "!", "an open nested value is rejected");
	gives("{\"a\":[1,2}", "a:x:[1,2};!", "an object that ends inside an array is rejected");
	gives("{\"a\":[\"b]}", "!", "an open nested string is rejected");
}

static void
test_strings(void)
{
	gives("{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\":1}", "\"\\/\b\f\n\r\t:n:1;.", "short escapes in a key");
	gives("{\"a\":\"\\u0041\\u00e9\\u20AC\"}", "a:s:A\303\251\342\202\254;.", "\\u escapes become UTF-8");
	gives("{\"a\":\"\\ud83d\\ude00\"}", "a:s:\360\237\230\200;.", "a pair of surrogates is one character");
	gives("{\"a\":\"\303\251\"}", "a:s:\303\251;.", "raw UTF-8 is kept");
	gives("{\"a\":\"\377\"}", "a:s:\377;.", "a raw byte that is not UTF-8 is kept");
}

static void
test_bad_strings(void)
{
	static const struct {
		const char *text, *what;
	} bad[] = { { "{\"a\":\"b", "an open string" }, { "{\"a\":\"b\\", "a backslash at the end" },
		{ "{\"a\":\"\\q\"}", "an unknown escape" }, { "{\"a\":\"\\u12\"}", "\\u with two digits" },
		{ "{\"a\":\"\\u12g4\"}", "\\u with another letter" }, { "{\"a\":\"\\u123", "\\u cut off" },
		{ "{\"a\":\"\\udc00\"}", "a lone low surrogate" }, { "{\"a\":\"\\ud800\"}", "a lone high surrogate" },
		{ "{\"a\":\"\\ud800\\n\"}", "a high surrogate before another escape" },
		{ "{\"a\":\"\\ud800\\u0041\"}", "a high surrogate before a letter" },
		{ "{\"a\":\"\n\"}", "a raw newline" }, { "{\"a\":\"\001\"}", "a raw control character" } };
	struct buf out = { 0 };

	for (size_t i = 0; i < COUNT(bad); i++) {
		out.len = 0;
		read_object(&out, bad[i].text, strlen(bad[i].text));
		tap_ok(out.len == 1 && out.data[0] == '!', "json: %s is rejected", bad[i].what);
	}
	out.len = 0;
	read_object(&out, "{\"a\":\"\0\"}", 9);
	tap_ok(out.len == 1 && out.data[0] == '!', "json: a NUL byte in a string is rejected");
	out.len = 0;
	read_object(&out, "{\"a\":\"\\\0\"}", 10);
	tap_ok(out.len == 1 && out.data[0] == '!', "json: a backslash before a NUL byte is rejected");
	buf_free(&out);
}

static void
test_bad_objects(void)
{
	gives("", "!", "an empty text is rejected");
	gives("[]", "!", "an array is rejected");
	gives("\"a\"", "!", "a string is rejected");
	gives("{", "!", "an open object is rejected");
	gives("{\"a\"}", "!", "a key without a value is rejected");
	gives("{\"a\":}", "!", "a missing value is rejected");
	gives("{a:1}", "!", "a key without quotes is rejected");
	gives("{\"a\":1 \"b\":2}", "a:n:1;!", "a missing comma is rejected after the first member");
	gives("{\"a\":1,}", "a:n:1;!", "a comma at the end is rejected");
	gives("{,\"a\":1}", "!", "a comma at the start is rejected");
	gives("{\"a\":1}x", "a:n:1;!", "text behind the object is rejected");
	gives("{\"a\":1}{}", "a:n:1;!", "a second object is rejected");
}

/* A text that is cut off anywhere is never taken for a complete one. */
static void
test_cut(void)
{
	static const char text[] = "{\"a\":\"b\\u00e9\\\\\",\"c\":[1,{\"d\":\"]\"}],\"e\":null,\"f\":-1.5}";
	struct buf out = { 0 };
	size_t rejected = 0;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		out.len = 0;
		read_object(&out, text, len);
		rejected += out.data[out.len - 1] == '!';
	}
	tap_ok(rejected == sizeof(text) - 1, "json: a text that is cut off anywhere is rejected");
	out.len = 0;
	read_object(&out, text, sizeof(text) - 1);
	tap_ok(out.data[out.len - 1] == '.', "json: the whole text is accepted");
	buf_free(&out);
}

static void
test_depth(void)
{
	enum { DEPTH = 1 << 20 };
	struct buf text = { 0 }, out = { 0 };

	buf_adds(&text, "{\"a\":");
	for (int i = 0; i < DEPTH; i++)
		buf_addc(&text, '[');
	for (int i = 0; i < DEPTH; i++)
		buf_addc(&text, ']');
	buf_addc(&text, '}');
	read_object(&out, text.data, text.len);
	tap_ok(out.len == 2 * (size_t)DEPTH + 6 && out.data[out.len - 1] == '.',
	    "json: a million nested arrays do not exhaust the stack");
	buf_free(&text);
	buf_free(&out);
}

int
main(void)
{
	test_members();
	test_scalars();
	test_nested();
	test_strings();
	test_bad_strings();
	test_bad_objects();
	test_cut();
	test_depth();
	return tap_done();
}
