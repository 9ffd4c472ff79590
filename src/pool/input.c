/*
 * Invariants: the input is read only by input_fill and input_spill, so that no more is taken from a shared stream than
 * was asked for. Spilled input is newer than what `lines` holds, and older than what is still to read.
 */
#include "pool/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/os.h"
#include "output/spill.h"
#include "queue/pipe.h"

enum { READ_SIZE = 64 << 10 };

struct input {
	/*
	 * Owned: polled. If a FIFO were opened anew after its last writer had gone, poll would not report the end:
	 * pipe_poll of Linux.
	 */
	int fd;
	int read_fd; /* read; owned if it is another fd */
	const char *name;
	struct lines lines;
	struct spill *spill;  /* owned; NULL: none yet */
	uint64_t first, last; /* the chain of spilled parts; 0: none */
	struct buf part;      /* of the chain, read back */
	struct buf unwritten; /* the newest part, for which the file had no space */
	bool at_end;          /* of the fd */
	bool is_file;
	bool ends_at_eot;
	int failed; /* errno of reading the spill; 0 */
};

/* An fd to read without waiting. */
static int
unblocked(int fd)
{
	struct stat st;
	int own;

	if (fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode))
		return fd;
	own = os_reopen(fd, O_RDONLY);
	return own == -1 ? fd : own;
}

struct input *
input_new(int fd, const char *name, char delimiter, bool skip_empty, size_t longest_line)
{
	struct input *in = mem_alloc(sizeof *in);
	struct stat st;

	in->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	in->fd = fd;
	in->read_fd = unblocked(fd);
	in->name = name;
	lines_init(&in->lines, delimiter, skip_empty, longest_line);
	return in;
}

void
input_free(struct input *in)
{
	if (in->read_fd != in->fd)
		close(in->read_fd);
	close(in->fd);
	if (in->spill != NULL)
		spill_free(in->spill);
	buf_free(&in->part);
	buf_free(&in->unwritten);
	lines_free(&in->lines);
	free(in);
}

void
input_ends_at_eot(struct input *in)
{
	in->ends_at_eot = true;
}

int
input_fd(const struct input *in)
{
	return in->fd;
}

const char *
input_name(const struct input *in)
{
	return in->name;
}

static bool
has_spilled(const struct input *in)
{
	return in->first != 0 || in->unwritten.len > 0;
}

static void
end(struct input *in)
{
	in->at_end = true;
	if (!has_spilled(in))
		lines_end(&in->lines);
}

static void
feed(struct input *in, const struct buf *part)
{
	memcpy(lines_space(&in->lines, part->len), part->data, part->len);
	lines_fed(&in->lines, part->len);
}

/*
 * Reads back the oldest spilled part. If that fails it is lost, and all that follows with it, since a line must not be
 * made of halves of two lines.
 */
static void
read_back(struct input *in)
{
	uint64_t next = 0;

	if (in->first == 0) {
		feed(in, &in->unwritten);
		in->unwritten.len = 0;
	} else if (spill_read(in->spill, in->first, &in->part, &next) == -1) {
		in->failed = errno;
		in->at_end = true;
		in->unwritten.len = 0;
		lines_drop_partial(&in->lines);
	} else {
		feed(in, &in->part);
		spill_release(in->spill, in->first, in->part.len);
	}
	in->first = next;
	in->last = next == 0 ? 0 : in->last;
	if (in->at_end)
		end(in);
}

int
input_fill(struct input *in)
{
	char *space;
	ssize_t n;

	if (has_spilled(in)) {
		read_back(in);
		return 1;
	}
	space = lines_space(&in->lines, READ_SIZE);
	n = read(in->read_fd, space, READ_SIZE);
	if (n > 0) {
		lines_fed(&in->lines, (size_t)n);
		return 1;
	}
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	end(in);
	return n == 0 ? 1 : -1;
}

bool
input_can_spill(const struct input *in)
{
	return !in->is_file && !in->at_end;
}

static int
write_part(struct input *in)
{
	uint64_t part;

	if (in->unwritten.len == 0)
		return 0;
	part = spill_append(in->spill, in->unwritten.data, in->unwritten.len, in->last);
	if (part == 0)
		return -1;
	in->first = in->first == 0 ? part : in->first;
	in->last = part;
	in->unwritten.len = 0;
	return 0;
}

int
input_spill(struct input *in, uint64_t max_bytes)
{
	ssize_t n;

	if (in->spill == NULL)
		in->spill = spill_new(max_bytes);
	/* If the file has no space for the last part, it stays in memory, and no more is read. */
	if (write_part(in) == -1)
		return -1;
	buf_reserve(&in->unwritten, READ_SIZE);
	n = read(in->read_fd, in->unwritten.data, READ_SIZE);
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n > 0) {
		in->unwritten.len = (size_t)n;
		return write_part(in) == -1 ? -1 : 1;
	}
	if (n == -1)
		in->failed = errno;
	end(in);
	return 1;
}

/* The end mark was read: drops what follows it. */
static void
end_here(struct input *in)
{
	in->first = in->last = 0;
	in->unwritten.len = 0;
	in->lines.start = in->lines.scanned = in->lines.buffer.len;
	end(in);
}

enum lines_result
input_next(struct input *in, struct line *line)
{
	enum lines_result got;

	while ((got = lines_next(&in->lines, line)) == LINES_NONE && has_spilled(in))
		read_back(in);
	if (got == LINES_LINE && in->ends_at_eot && pipe_is_closing_mark(line->text, line->len)) {
		end_here(in);
		return LINES_NONE;
	}
	return got;
}

bool
input_ended(const struct input *in)
{
	return in->lines.ended;
}

int
input_failed(struct input *in)
{
	int why = in->failed;

	in->failed = 0;
	return why;
}

size_t
input_buffered_bytes(const struct input *in)
{
	return in->lines.buffer.len - in->lines.start;
}

size_t
input_buffered_lines(const struct input *in)
{
	size_t left = input_buffered_bytes(in), count = 0;
	const char *at, *end;

	if (left == 0)
		return 0;
	at = in->lines.buffer.data + in->lines.start;
	while (left > 0 && (end = memchr(at, in->lines.delimiter, left)) != NULL) {
		left -= (size_t)(end - at) + 1;
		at = end + 1;
		count++;
	}
	return count + (left > 0 && in->lines.ended);
}
