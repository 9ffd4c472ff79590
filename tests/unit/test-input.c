/* input: lines from files and streams, and what is read ahead of its turn goes through a temporary file. */
#include "pool/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/write-all.h"
#include "sys/os.h"
#include "tap.h"

enum { NO_BOUND = 1 << 30, LONGEST = 1 << 20 };

static int pread_errno; /* of all calls of pread(2); 0: none */

/* Replaces the one of libc, which only the temporary file is read with. */
ssize_t
pread(int fd, void *bytes, size_t len, off_t at)
{
	if (pread_errno != 0) {
		errno = pread_errno;
		return -1;
	}
	return syscall(SYS_pread64, fd, bytes, len, at);
}

/* An input that reads from a pipe, whose other end is *to. */
static struct input *
new_pipe(int *to)
{
	int fd[2];

	if (os_pipe(fd) == -1)
		exit(tap_ok(false, "input: a pipe can be created"));
	*to = fd[1];
	return input_new(fd[0], "stream", '\n', true, LONGEST);
}

/* Takes all lines that are ready: <text> for each. Returns whether these are `want`. */
static bool
lines_are(struct input *in, const char *want)
{
	struct buf b = { 0 };
	struct line line;
	bool good;

	buf_adds(&b, "");
	while (input_next(in, &line) == LINES_LINE)
		buf_addf(&b, "<%s>", line.text);
	good = b.len == strlen(want) && (b.len == 0 || memcmp(b.data, want, b.len) == 0);
	if (!good)
		printf("# got %.*s\n", (int)b.len, b.len > 0 ? b.data : "");
	buf_free(&b);
	return good;
}

static void
test_stream(void)
{
	int to;
	struct input *in = new_pipe(&to);

	tap_ok(strcmp(input_name(in), "stream") == 0 && input_fd(in) != -1 && !input_ended(in),
	    "input: a new stream is open");
	tap_ok(input_fill(in) == 0, "input: an empty pipe does not block");
	write_all(to, "a\n\nbc\nd", 7);
	tap_ok(input_fill(in) == 1 && input_buffered_bytes(in) == 7, "input: bytes are read and counted");
	tap_ok(lines_are(in, "<a><bc>") && input_buffered_bytes(in) == 1, "input: complete lines are returned");
	close(to);
	tap_ok(!input_ended(in) && input_fill(in) == 1 && input_ended(in), "input: the end of file is noticed");
	tap_ok(lines_are(in, "<d>") && input_buffered_bytes(in) == 0, "input: at the end a line needs no newline");
	input_free(in);
}

static void
test_buffered_lines(void)
{
	int to;
	struct input *in = new_pipe(&to);

	tap_ok(input_buffered_lines(in) == 0, "input: no lines are buffered at first");
	write_all(to, "a\nb\nc", 5);
	input_fill(in);
	tap_ok(input_buffered_lines(in) == 2, "input: buffered lines are counted without the unfinished one");
	close(to);
	input_fill(in);
	tap_ok(input_buffered_lines(in) == 3, "input: at the end the unfinished one counts");
	input_free(in);
}

static void
test_file(void)
{
	FILE *file = tmpfile();
	struct input *in;

	fputs("a\nb\n", file);
	fflush(file);
	rewind(file);
	in = input_new(dup(fileno(file)), "file", '\n', true, LONGEST);
	tap_ok(!input_can_spill(in), "input: a file is never spilled");
	tap_ok(input_fill(in) == 1 && lines_are(in, "<a><b>"), "input: lines of a file");
	tap_ok(input_fill(in) == 1 && input_ended(in), "input: the end of a file");
	input_free(in);
	fclose(file);
}

static void
test_eot(void)
{
	int to;
	struct input *in = new_pipe(&to);

	input_ends_at_eot(in);
	write_all(to, "a\n\004b\n\004\nc\n", 9);
	input_fill(in);
	tap_ok(lines_are(in, "<a><\004b>") && input_ended(in) && input_buffered_bytes(in) == 0,
	    "input: a line of EOT ends the input, and what follows is discarded");
	close(to);
	input_free(in);
	in = new_pipe(&to);
	write_all(to, "\004\nb\n", 4);
	input_fill(in);
	tap_ok(lines_are(in, "<\004><b>") && !input_ended(in), "input: EOT is an ordinary byte otherwise");
	close(to);
	input_free(in);
}

static void
test_read_error(void)
{
	struct input *in = input_new(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "directory", '\n', true, LONGEST);

	errno = 0;
	tap_ok(input_fill(in) == -1 && errno == EISDIR && input_ended(in), "input: a read error ends the input");
	input_free(in);
}

static void
test_spill(void)
{
	int to;
	struct input *in = new_pipe(&to);

	write_all(to, "a\nb\nhal", 7);
	input_fill(in);
	tap_ok(input_can_spill(in) && input_spill(in, NO_BOUND) == 0, "input: nothing to spill in an empty pipe");
	write_all(to, "f\nc\n", 4);
	tap_ok(
	    input_spill(in, NO_BOUND) == 1 && input_buffered_bytes(in) == 7, "input: spilled bytes are not buffered");
	write_all(to, "d\n", 2);
	tap_ok(input_spill(in, NO_BOUND) == 1, "input: a second part is spilled");
	close(to);
	tap_ok(input_spill(in, NO_BOUND) == 1 && !input_ended(in) && !input_can_spill(in),
	    "input: the end is reached before what was spilled is taken");
	tap_ok(lines_are(in, "<a><b><half><c><d>") && input_ended(in),
	    "input: spilled lines follow the buffered ones, and a line in two parts is joined");
	tap_ok(input_failed(in) == 0, "input: no failure is reported");
	input_free(in);
}

/* input_fill takes what was spilled before it reads from the stream. */
static void
test_spill_then_fill(void)
{
	int to;
	struct input *in = new_pipe(&to);

	write_all(to, "a\n", 2);
	input_spill(in, NO_BOUND);
	write_all(to, "b\n", 2);
	tap_ok(input_fill(in) == 1 && lines_are(in, "<a>"), "input: a fill takes spilled bytes first");
	tap_ok(input_fill(in) == 1 && lines_are(in, "<b>"), "input: the next fill reads from the stream");
	close(to);
	input_free(in);
}

/* The spill takes the first part, and not the second one. */
static void
test_spill_full(void)
{
	enum { BOUND = 40 };
	int to;
	struct input *in = new_pipe(&to);

	write_all(to, "first\n", 6);
	tap_ok(input_spill(in, BOUND) == 1, "input: a part within the bound is spilled");
	write_all(to, "second, which is longer\n", 24);
	errno = 0;
	tap_ok(input_spill(in, BOUND) == -1 && errno == ENOSPC, "input: a part beyond the bound is an error");
	write_all(to, "third\n", 6);
	tap_ok(input_spill(in, BOUND) == -1, "input: after that no more is read");
	tap_ok(lines_are(in, "<first><second, which is longer>"), "input: the part that did not fit is not lost");
	tap_ok(input_spill(in, BOUND) == 1 && lines_are(in, "<third>"), "input: with free space again it continues");
	close(to);
	input_free(in);
}

static void
test_spill_unreadable(void)
{
	int to;
	struct input *in = new_pipe(&to);

	write_all(to, "a\nhal", 5);
	input_fill(in);
	write_all(to, "f\nb\n", 4);
	input_spill(in, NO_BOUND);
	pread_errno = EIO;
	tap_ok(lines_are(in, "<a>"), "input: if the spill cannot be read, no line is made of one half");
	pread_errno = 0;
	tap_ok(input_ended(in) && input_failed(in) == EIO, "input: the error is reported and ends the input");
	tap_ok(input_failed(in) == 0, "input: the error is reported once");
	close(to);
	input_free(in);
}

static void
test_many(void)
{
	enum { LINES = 20000 };
	int to, ready = 0;
	struct input *in = new_pipe(&to);
	struct buf all = { 0 };
	struct line line;
	char want[16];

	for (int i = 0; i < LINES; i++)
		buf_addf(&all, "line %d\n", i);
	fcntl(to, F_SETFL, O_NONBLOCK);
	for (size_t at = 0; at < all.len;) {
		ssize_t n = write(to, all.data + at, all.len - at);

		at += n > 0 ? (size_t)n : 0;
		input_spill(in, NO_BOUND);
	}
	close(to);
	while (input_can_spill(in))
		input_spill(in, NO_BOUND);
	for (int i = 0; input_next(in, &line) == LINES_LINE; i++) {
		snprintf(want, sizeof(want), "line %d", i);
		ready += strcmp(line.text, want) == 0 && line.number == (uint64_t)i + 1;
	}
	tap_ok(ready == LINES && input_ended(in), "input: 20000 spilled lines come back in order");
	buf_free(&all);
	input_free(in);
}

int
main(void)
{
	test_stream();
	test_buffered_lines();
	test_file();
	test_eot();
	test_read_error();
	test_spill();
	test_spill_then_fill();
	test_spill_full();
	test_spill_unreadable();
	test_many();
	return tap_done();
}
