/*
 * Fuzzes the line reader. Its result does not depend on the sizes of the reads, the lines joined again are the input,
 * and memory stays within its bound.
 *
 * The first four bytes select the delimiter, skip_empty, the longest line and the size of reads; the rest is the input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"

#include "standalone.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

struct setting {
	char delimiter;
	bool skip_empty;
	size_t max_len;
};

/* Appends number, result, length and text of a line. */
static void
note(struct buf *out, const struct line *line, enum lines_result r)
{
	buf_add(out, &line->number, sizeof(line->number));
	buf_add(out, &r, sizeof(r));
	buf_add(out, &line->len, sizeof(line->len));
	if (r != LINES_LONG)
		buf_add(out, line->text, line->len);
}

static void
check_line(const struct setting *set, const struct line *line, enum lines_result r)
{
	CHECK((r == LINES_LONG) == (line->len > set->max_len) && (r == LINES_LONG) == (line->text == NULL));
	CHECK(line->len > 0 || !set->skip_empty);
	if (r == LINES_LONG)
		return;
	CHECK(line->text[line->len] == '\0');
	CHECK((r == LINES_NUL) == (strlen(line->text) < line->len));
	CHECK(line->len == 0 || memchr(line->text, set->delimiter, line->len) == NULL);
}

static void
drain(struct lines *l, const struct setting *set, struct buf *out)
{
	struct line line;
	enum lines_result r;

	while ((r = lines_next(l, &line)) != LINES_NONE) {
		check_line(set, &line, r);
		note(out, &line, r);
	}
}

static void
read_in(const struct setting *set, const char *bytes, size_t len, size_t chunk, struct buf *out)
{
	struct lines l;

	lines_init(&l, set->delimiter, set->skip_empty, set->max_len);
	while (len > 0) {
		size_t n = len < chunk ? len : chunk;

		memcpy(lines_space(&l, chunk), bytes, n);
		CHECK(l.buffer.capacity <= set->max_len + 2 * chunk + 4096);
		lines_fed(&l, n);
		drain(&l, set, out);
		bytes += n;
		len -= n;
	}
	lines_end(&l);
	drain(&l, set, out);
	CHECK(l.buffer.len == l.start);
	lines_free(&l);
}

/* With empty lines kept, and without a limit of the length. */
static void
check_joined(char delimiter, const char *bytes, size_t len, size_t chunk)
{
	struct buf joined = { 0 };
	struct lines l;
	struct line line;
	size_t fed = 0;

	lines_init(&l, delimiter, false, SIZE_MAX);
	while (fed < len) {
		size_t n = len - fed < chunk ? len - fed : chunk;

		memcpy(lines_space(&l, n), bytes + fed, n);
		lines_fed(&l, n);
		fed += n;
		if (fed == len)
			lines_end(&l);
		while (lines_next(&l, &line) != LINES_NONE) {
			buf_add(&joined, line.text, line.len);
			buf_addc(&joined, delimiter);
		}
	}
	/* The last line may lack its delimiter. */
	CHECK(joined.len == len || joined.len == len + 1);
	CHECK(len == 0 || memcmp(joined.data, bytes, len) == 0);
	CHECK(len == 0 || joined.len == len + (bytes[len - 1] != delimiter));
	buf_free(&joined);
	lines_free(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct setting set;
	struct buf whole = { 0 }, parts = { 0 };
	const char *bytes;
	size_t len, chunk;

	if (size < 4)
		return 0;
	bytes = (const char *)data + 4;
	len = size - 4;
	set = (struct setting){ (char)data[0], data[1] % 2 != 0, data[2] };
	chunk = 1 + data[3];
	read_in(&set, bytes, len, len + 1, &whole);
	read_in(&set, bytes, len, chunk, &parts);
	CHECK(whole.len == parts.len && (whole.len == 0 || memcmp(whole.data, parts.data, whole.len) == 0));
	check_joined(set.delimiter, bytes, len, chunk);
	buf_free(&whole);
	buf_free(&parts);
	return 0;
}
