/* Invariant: reads only when input_fill is called, so that no more is taken from a shared stream than was asked for. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "os.h"

enum { READ_SIZE = 64 << 10 };

struct input {
	int fd; /* owned */
	const char *name;
	struct lines lines;
};

static int
unblocked(int fd)
{
	struct stat st;
	int own;

	if (fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode))
		return fd;
	own = os_reopen(fd, O_RDONLY);
	if (own == -1)
		return fd;
	close(fd);
	return own;
}

struct input *
input_new(int fd, const char *name, char delimiter, bool skip_empty, size_t longest_line)
{
	struct input *in = mem_alloc(sizeof *in);

	in->fd = unblocked(fd);
	in->name = name;
	lines_init(&in->lines, delimiter, skip_empty, longest_line);
	return in;
}

void
input_free(struct input *in)
{
	close(in->fd);
	lines_free(&in->lines);
	free(in);
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

int
input_fill(struct input *in)
{
	char *space = lines_space(&in->lines, READ_SIZE);
	ssize_t n = read(in->fd, space, READ_SIZE);

	if (n > 0) {
		lines_fed(&in->lines, (size_t)n);
		return 1;
	}
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	lines_end(&in->lines);
	return n == 0 ? 1 : -1;
}

enum lines_result
input_next(struct input *in, struct line *line)
{
	return lines_next(&in->lines, line);
}

bool
input_ended(const struct input *in)
{
	return in->lines.ended;
}

size_t
input_held(const struct input *in)
{
	return in->lines.held.len - in->lines.start;
}

size_t
input_lines_held(const struct input *in)
{
	size_t left = input_held(in), count = 0;
	const char *at, *end;

	if (left == 0)
		return 0;
	at = in->lines.held.data + in->lines.start;
	while (left > 0 && (end = memchr(at, in->lines.delimiter, left)) != NULL) {
		left -= (size_t)(end - at) + 1;
		at = end + 1;
		count++;
	}
	return count + (left > 0 && in->lines.ended);
}
