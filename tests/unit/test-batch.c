/* batch: the same tasks however the lines arrive, the limits of a batch, and how many bytes are discarded. */
#include "queue/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"

enum { MOST_TASKS = 3 };

static struct batch *
new_batch(size_t most_bytes)
{
	struct batch_config config = { .most_tasks = MOST_TASKS,
		.most_bytes = most_bytes,
		.delimiter = '\n',
		.skip_empty = true,
		.task = { .priority = 7, .key = "k" } };

	return batch_new(&config);
}

static void
feed(struct batch *b, const char *text)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		return;
	tap_ok(write(fd[1], text, strlen(text)) == (ssize_t)strlen(text) &&
		batch_read(b, fd[0], 0) == (ssize_t)strlen(text),
	    "batch: reads '%.9s'", text);
	close(fd[0]);
	close(fd[1]);
}

/* The pending tasks, each followed by a blank. */
static const char *
pending(struct batch *b)
{
	static struct buf text;
	const struct queue_put *tasks;
	uint64_t *ids;
	size_t count = batch_pending(b, &tasks, &ids);

	text.len = 0;
	for (size_t i = 0; i < count; i++) {
		buf_add(&text, tasks[i].bytes, tasks[i].len);
		buf_addc(&text, ' ');
		if (tasks[i].priority != 7 || strcmp(tasks[i].key, "k") != 0)
			buf_adds(&text, "(wrong) ");
	}
	buf_addc(&text, '\0');
	return text.data;
}

static bool
has(struct batch *b, const char *wanted)
{
	const char *got = pending(b);

	if (strcmp(got, wanted) != 0)
		printf("# wanted '%s', got '%s'\n", wanted, got);
	return strcmp(got, wanted) == 0;
}

static void
test_fill(void)
{
	struct batch *b = new_batch(0);
	struct line line;

	tap_ok(batch_fill(b, SIZE_MAX, &line) == BATCH_NEEDS_INPUT && batch_count(b) == 0, "batch: empty at first");
	tap_ok(batch_since_mono_ns(b) == 0, "batch: without a time");
	feed(b, "a\n\nb");
	tap_ok(batch_fill(b, SIZE_MAX, &line) == BATCH_NEEDS_INPUT && has(b, "a "),
	    "batch: a line whose end was not read, or that is empty, is not a task");
	tap_ok(batch_since_mono_ns(b) > 0 && batch_since_mono_ns(b) <= clock_mono_ns(),
	    "batch: has the time of its first task");
	tap_ok(batch_unread(b) == 1, "batch: one byte is not in a task");
	feed(b, "c\nd\ne\nf");
	tap_ok(batch_fill(b, SIZE_MAX, &line) == BATCH_FULL && has(b, "a bc d "),
	    "batch: fills across reads, up to its limit");
	batch_advance(b, 1);
	tap_ok(batch_count(b) == 2 && has(b, "bc d "), "batch: tasks that were put are not pending");
	batch_advance(b, 2);
	tap_ok(
	    batch_fill(b, SIZE_MAX, &line) == BATCH_NEEDS_INPUT && has(b, "e "), "batch: starts anew when all are put");
	batch_end(b);
	tap_ok(batch_ended(b) && batch_fill(b, SIZE_MAX, &line) == BATCH_NEEDS_INPUT && has(b, "e f "),
	    "batch: a last line without a newline is a task");
	batch_free(b);
}

static void
test_limits(void)
{
	struct batch *b = new_batch(4);
	struct line line;

	feed(b, "a\nb\nlonger\nc\n");
	tap_ok(batch_fill(b, 1, &line) == BATCH_FULL && has(b, "a "), "batch: holds no more than the caller wants");
	tap_ok(batch_fill(b, 0, &line) == BATCH_FULL && has(b, "a "), "batch: also if that is nothing");
	tap_ok(batch_fill(b, SIZE_MAX, &line) == BATCH_LONG && line.number == 3 && line.len == 6 && has(b, "a b "),
	    "batch: a line that is too long is reported");
	tap_ok(batch_fill(b, SIZE_MAX, &line) == BATCH_FULL && has(b, "a b c "), "batch: and skipped");
	batch_advance(b, 1);
	tap_ok(
	    batch_discard(b) == 4 && batch_count(b) == 0, "batch: discards the pending tasks and counts their bytes");
	tap_ok(batch_discard(b) == 0, "batch: once");
	batch_free(b);
}

static void
test_bytes(void)
{
	struct batch *b = new_batch(0);
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct line line;

	while (batch_unread(b) < 1 << 20)
		batch_read(b, zero, 0);
	feed(b, "\nb\n");
	tap_ok(batch_fill(b, SIZE_MAX, &line) == BATCH_FULL && batch_count(b) == 1, "batch: a task of 1 MiB fills it");
	batch_advance(b, 1);
	tap_ok(batch_fill(b, SIZE_MAX, &line) == BATCH_NEEDS_INPUT && has(b, "b "), "batch: and the next task follows");
	close(zero);
	tap_ok(batch_read(b, zero, 1) == -1 && errno == EBADF, "batch: a read error is the caller's to report");
	batch_free(b);
}

int
main(void)
{
	test_fill();
	test_limits();
	test_bytes();
	return tap_done();
}
