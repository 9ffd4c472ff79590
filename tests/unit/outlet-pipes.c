/* The pipes replace fds 1 and 2 only from pipes_begin to pipes_end, because TAP is printed to fd 1. */
#include "outlet-pipes.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/os.h"
#include "turn.h"

enum { NO_BOUND = 1 << 30 };

struct pipes pipes;

static struct loop *loop;
static int saved[3]; /* by fd */

static void
before_write(void *arg, int fd, bool line_open)
{
	(void)arg;
	pipes.line_open[fd] = line_open;
}

static void
failed(void *arg, int fd, int error)
{
	(void)arg;
	pipes.failed[fd]++;
	pipes.error = error;
}

static void
spill_failed(void *arg, int error)
{
	(void)arg;
	pipes.spill_failed++;
	pipes.error = error;
}

static void
lost(void *arg, int error)
{
	(void)arg;
	pipes.lost++;
	pipes.error = error;
}

void
pipes_init(void)
{
	/* Not to fail, but to end a test that would wait forever. */
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	loop = loop_new();
}

void
pipes_free(void)
{
	for (int fd = 1; fd <= 2; fd++)
		buf_free(&pipes.out[fd]);
	loop_free(loop);
}

void
pipes_begin(struct outlet_config config)
{
	static const struct outlet_events events = { before_write, failed, spill_failed, lost };

	for (int fd = 1; fd <= 2; fd++)
		buf_free(&pipes.out[fd]);
	memset(&pipes, 0, sizeof(pipes));
	fflush(stdout);
	for (int fd = 1; fd <= 2; fd++) {
		int ends[2];

		if (os_pipe(ends) == -1)
			abort();
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		dup2(ends[1], fd);
		close(ends[1]);
		pipes.reader[fd] = ends[0];
		fcntl(pipes.reader[fd], F_SETFL, O_NONBLOCK);
	}
	if (config.spill_max_bytes == 0)
		config.spill_max_bytes = NO_BOUND;
	pipes.outlet = outlet_new(loop, &config, &events, NULL);
}

void
pipes_drain(void)
{
	ssize_t n = 0;

	for (int fd = 1; fd <= 2; fd++)
		do {
			struct buf *b = &pipes.out[fd];

			turn(loop);
			buf_reserve(b, 65536);
			n = pipes.reader[fd] == -1 ? 0 : read(pipes.reader[fd], b->data + b->len, 65536);
			b->len += n > 0 ? (size_t)n : 0;
		} while (n > 0);
}

void
pipes_end(void)
{
	pipes_drain();
	outlet_free(pipes.outlet);
	for (int fd = 1; fd <= 2; fd++) {
		dup2(saved[fd], fd);
		close(saved[fd]);
		if (pipes.reader[fd] != -1)
			close(pipes.reader[fd]);
	}
}

bool
pipes_wrote(int fd, const char *want)
{
	const struct buf *b = &pipes.out[fd];
	bool good = b->len == strlen(want) && (b->len == 0 || memcmp(b->data, want, b->len) == 0);

	if (!good)
		printf("# fd %d got %.*s\n", fd, (int)(b->len < 500 ? b->len : 500), b->len > 0 ? b->data : "");
	return good;
}

void
task_flow(void *arg, bool on)
{
	if (arg != NULL)
		*(bool *)arg = on;
}

struct output *
task_new(const char *tag)
{
	return outlet_begin(pipes.outlet, tag, task_flow, NULL);
}

void
task_feed(struct output *out, const char *text)
{
	output_feed(out, 1, text, strlen(text));
}

void
task_fill(char *piece, size_t len, int task)
{
	for (size_t i = 0; i < len; i++)
		piece[i] = (char)(i % 64 == 63 ? '\n' : 'A' + task % 26);
}

size_t
task_feed_while_flowing(struct output *out, const bool *flowing, int task)
{
	char piece[32768];
	size_t len = 0;

	task_fill(piece, sizeof(piece), task);
	for (int i = 0; i < 1000 && *flowing; i++) {
		output_feed(out, 1, piece, sizeof(piece));
		len += sizeof(piece);
	}
	return len;
}

bool
pipes_are_of_task(size_t from, size_t len, int task)
{
	const struct buf *b = &pipes.out[1];
	size_t right = 0;

	for (size_t i = from; i < from + len && i < b->len; i++)
		right += b->data[i] == (i % 64 == 63 ? '\n' : (char)('A' + task % 26));
	return right == len;
}
