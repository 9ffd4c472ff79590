/*
 * Fuzzes the quoting. Text escaped for TSV or a shell reads back as the same bytes, and the TSV reader accepts only
 * what the writer produces. TSV, visible text and JSON are UTF-8 without control characters for any input. No text
 * crashes a reader.
 *
 * The input is used as it is, and for a shell as words separated by NUL.
 */
#include "base/escape.h"
#include "base/unescape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#include "job/command.h"
#include "standalone.h"

#define WORDS_MAX 64
#define CHECK(condition) ((condition) ? (void)0 : abort())

static bool
same(const struct buf *b, const char *bytes, size_t len)
{
	return b->len == len && (len == 0 || memcmp(b->data, bytes, len) == 0);
}

static bool
is_utf8(const char *bytes, size_t len)
{
	while (len > 0) {
		size_t n = utf8_length(bytes, len);

		if (n == 0)
			return false;
		bytes += n;
		len -= n;
	}
	return true;
}

/* UTF-8 without C0, DEL or C1. */
static void
check_printable(const struct buf *b)
{
	CHECK(is_utf8(b->data, b->len));
	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->data[i];

		CHECK(c >= 0x20 && c != 0x7f);
		CHECK(c != 0xc2 || (unsigned char)b->data[i + 1] >= 0xa0);
	}
}

static void
check_tsv(const char *bytes, size_t len)
{
	struct buf text = { 0 }, back = { 0 };

	escape_tsv(&text, bytes, len);
	check_printable(&text);
	buf_adds(&back, "x");
	CHECK(unescape_tsv(&back, text.len > 0 ? text.data : "", text.len));
	buf_drop(&back, 1);
	CHECK(same(&back, bytes, len));
	/* The other direction: a field from another writer. */
	text.len = back.len = 0;
	if (unescape_tsv(&back, bytes, len))
		escape_tsv(&text, back.data, back.len);
	CHECK(back.len == 0 || same(&text, bytes, len));
	text.len = 0;
	escape_visible(&text, bytes, len);
	check_printable(&text);
	buf_free(&text);
	buf_free(&back);
}

/* Returns the end of the character, or of the escape, that begins at i in JSON text. */
static size_t
json_step(const struct buf *b, size_t i)
{
	CHECK(b->data[i] != '"');
	if (b->data[i] != '\\')
		return i + 1;
	CHECK(i + 1 < b->len && strchr("\"\\bfnrtu", b->data[i + 1]) != NULL);
	if (b->data[i + 1] != 'u')
		return i + 2;
	CHECK(i + 6 <= b->len);
	for (size_t k = i + 2; k < i + 6; k++)
		CHECK(memchr("0123456789abcdef", b->data[k], 16) != NULL);
	return i + 6;
}

static void
check_json(const char *bytes, size_t len)
{
	struct buf text = { 0 };

	CHECK(escape_json(&text, bytes, len) == is_utf8(bytes, len));
	check_printable(&text);
	for (size_t i = 0; i < text.len; i = json_step(&text, i))
		continue;
	buf_free(&text);
}

/* `copy` has a NUL after its len bytes. */
static void
check_shell(char *copy, size_t len)
{
	struct buf text = { 0 }, back = { 0 }, want = { 0 };
	char *words[WORDS_MAX + 1] = { NULL };
	struct command c = { .argv = words };

	for (char *at = copy; at <= copy + len && c.argc < WORDS_MAX; at += strlen(at) + 1) {
		words[c.argc++] = at;
		buf_add(&want, at, strlen(at) + 1);
	}
	command_text(&text, &c);
	CHECK(unescape_shell(&back, text.data, text.len) == (int)c.argc && same(&back, want.data, want.len));
	text.len = back.len = 0;
	for (size_t i = 0; i < c.argc; i++) {
		escape_shell(&text, words[i]);
		buf_addc(&text, ' ');
	}
	CHECK(unescape_shell(&back, text.data, text.len) == (int)c.argc && same(&back, want.data, want.len));
	buf_free(&text);
	buf_free(&back);
	buf_free(&want);
}

/* Any text read as shell words: it is rejected and nothing appended, or each word ends in a NUL. */
static void
check_words(const char *bytes, size_t len)
{
	struct buf back = { 0 };
	int count, ends = 0;

	buf_adds(&back, "x");
	count = unescape_shell(&back, bytes, len);
	for (size_t i = 0; i < back.len; i++)
		ends += back.data[i] == '\0';
	CHECK(count == -1 ? same(&back, "x", 1) : ends == count);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Without a NUL after it, so that a sanitizer finds a read past the end. data may be NULL if size is 0. */
	const char *bytes = size > 0 ? (const char *)data : "";
	char *copy = mem_dup(bytes, size);

	check_tsv(bytes, size);
	check_json(bytes, size);
	check_words(bytes, size);
	check_shell(copy, size);
	free(copy);
	return 0;
}
