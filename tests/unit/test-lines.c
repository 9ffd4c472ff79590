/* lines: the same lines however the bytes arrive, bounded memory, and lines that a job cannot have. */
#include "base/lines.h"

#include <string.h>

#include "tap.h"

/* Appends all complete lines with their numbers: <text>, N<length> for one with a NUL, L<length> for one too long. */
static void
collect(struct lines *l, struct buf *got)
{
	struct line line;
	enum lines_result r;

	while ((r = lines_next(l, &line)) != LINES_NONE) {
		buf_addf(got, "%d", (int)line.number);
		if (r == LINES_LINE)
			buf_addf(got, "<%s>", line.text);
		else
			buf_addf(got, "%c%zu", r == LINES_NUL ? 'N' : 'L', line.len);
		if (r == LINES_LINE && strlen(line.text) != line.len)
			buf_adds(got, "?");
		if ((r == LINES_LONG) != (line.text == NULL))
			buf_adds(got, "!");
	}
}

static void
feed(struct lines *l, const char *bytes, size_t len, size_t chunk, struct buf *got)
{
	while (len > 0) {
		size_t n = len < chunk ? len : chunk;

		memcpy(lines_space(l, n), bytes, n);
		lines_fed(l, n);
		collect(l, got);
		bytes += n;
		len -= n;
	}
}

struct setting {
	char delimiter;
	bool skip_empty;
	size_t max_len;
};

static const struct setting plain = { '\n', true, 100 }, every = { '\n', false, 100 }, nul = { '\0', false, 100 },
			    five = { '\n', true, 5 };

/* In chunks of every size from one byte to all. */
static void
gives(const struct setting *set, const char *bytes, size_t len, const char *want, const char *what)
{
	struct buf got = { 0 };
	size_t chunk = 1;

	do {
		struct lines l;

		lines_init(&l, set->delimiter, set->skip_empty, set->max_len);
		got.len = 0;
		feed(&l, bytes, len, chunk, &got);
		lines_end(&l);
		collect(&l, &got);
		collect(&l, &got);
		lines_free(&l);
		buf_addc(&got, '\0');
	} while (strcmp(got.data, want) == 0 && ++chunk <= len);
	if (!tap_ok(chunk > len || len == 0, "lines: %s", what))
		printf("# in chunks of %zu: %s\n", chunk, got.data);
	buf_free(&got);
}

#define GIVES(set, text, want, what) gives(&(set), text, sizeof(text) - 1, want, what)

static void
test_plain(void)
{
	GIVES(plain, "", "", "no input");
	GIVES(plain, "a\nbc\n", "1<a>2<bc>", "two lines");
	GIVES(plain, "a\nbc", "1<a>2<bc>", "the last line needs no newline");
	GIVES(plain, "\n\na\n\n\nb\n\n", "3<a>6<b>", "empty lines are skipped, and counted");
	GIVES(plain, "\n", "", "a single empty line");
	GIVES(plain, " \n\t\r\n", "1< >2<\t\r>", "blanks and CR belong to the line");
	GIVES(plain, "\377\200\n", "1<\377\200>", "bytes that are not text");
	GIVES(plain, "a\0b\nc\n\0\n", "1N32<c>3N1", "lines with a NUL are reported");
	GIVES(plain, "a\nb\0", "1<a>2N2", "a NUL in the last line is reported");
}

static void
test_settings(void)
{
	GIVES(every, "\n\na\n\n", "1<>2<>3<a>4<>", "empty lines are returned if requested");
	GIVES(every, "a\n\n", "1<a>2<>", "after the last newline no empty line follows");
	GIVES(every, "", "", "no input has no line, not an empty one");
	GIVES(nul, "a\nb\0\0c", "1<a\nb>2<>3<c>", "NUL as the delimiter");
	GIVES(((struct setting){ '\377', true, 100 }), "a\377b", "1<a>2<b>", "a byte above 127 as the delimiter");
}

static void
test_long(void)
{
	GIVES(five, "12345\n123456\nx\n", "1<12345>2L63<x>", "a line with one byte too many is reported");
	GIVES(five, "1234567890123456789012\nx", "1L222<x>",
	    "a line with many bytes too many is reported with its length");
	GIVES(five, "1234567890", "1L10", "a long line at the end of the input");
	GIVES(five, "123456\n", "1L6", "a long line whose newline is the last byte");
	GIVES(five, "123\000567\n\n\n1234567\n", "1L74L7", "empty lines between long lines");
	GIVES(five, "1\0003456\n12\0004\n", "1L62N4", "a long line with a NUL");
	GIVES(((struct setting){ '\n', false, 0 }), "\na\n\n", "1<>2L13<>", "a bound of 0 bytes");
}

/* One endless line, then many short ones: the memory stays within the bound. */
static void
test_memory(void)
{
	enum { WANT = 1000, MOST = 5000, TIMES = 2000 };
	struct buf got = { 0 };
	struct lines l;
	size_t most = 0;

	lines_init(&l, '\n', true, MOST);
	for (int i = 0; i < 2 * TIMES; i++) {
		char *to = lines_space(&l, WANT);

		memset(to, 'x', WANT);
		if (i > TIMES)
			to[i % WANT] = '\n';
		lines_fed(&l, WANT);
		got.len = 0;
		collect(&l, &got);
		if (l.buffer.capacity > most)
			most = l.buffer.capacity;
	}
	tap_ok(most <= MOST + 2 * WANT + 4096, "lines: at most %zu bytes are buffered", most);
	lines_free(&l);
	buf_free(&got);
}

static void
test_huge_bound(void)
{
	struct buf got = { 0 };
	struct lines l;

	lines_init(&l, '\n', true, SIZE_MAX);
	feed(&l, "a\nb\n", 4, 4, &got);
	tap_ok(got.len == 8 && memcmp(got.data, "1<a>2<b>", 8) == 0, "lines: a bound of SIZE_MAX");
	lines_free(&l);
	buf_free(&got);
}

int
main(void)
{
	test_plain();
	test_settings();
	test_long();
	test_memory();
	test_huge_bound();
	return tap_done();
}
