/*
 * Invariants: tasks[done..count) are pending. Their bytes are at offsets in `bytes`, which moves while it grows:
 * pointers to them are made by batch_pending.
 */
#include "queue/batch.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { READ_SIZE = 64 << 10, BATCH_BYTES = 1 << 20, LONGEST_TASK = 512 << 20 };

struct batch {
	struct lines lines;
	struct batch_config config;
	size_t count, done;
	struct queue_put *tasks; /* owned */
	uint64_t *ids;           /* owned: of each task */
	size_t *offsets;         /* owned: of each task in bytes */
	struct buf bytes;
	int64_t since_mono_ns;
};

struct batch *
batch_new(const struct batch_config *config)
{
	struct batch *b = mem_alloc(sizeof *b);

	b->config = *config;
	b->tasks = mem_resize(NULL, config->most_tasks, sizeof *b->tasks);
	b->ids = mem_resize(NULL, config->most_tasks, sizeof *b->ids);
	b->offsets = mem_resize(NULL, config->most_tasks, sizeof *b->offsets);
	lines_init(&b->lines, config->delimiter, config->skip_empty,
	    config->most_bytes != 0 ? config->most_bytes : LONGEST_TASK);
	return b;
}

void
batch_free(struct batch *b)
{
	lines_free(&b->lines);
	buf_free(&b->bytes);
	free(b->tasks);
	free(b->ids);
	free(b->offsets);
	free(b);
}

ssize_t
batch_read(struct batch *b, int fd, size_t most)
{
	size_t size = most == 0 || most > READ_SIZE ? READ_SIZE : most;
	ssize_t n = read(fd, lines_space(&b->lines, size), size);

	if (n > 0)
		lines_fed(&b->lines, (size_t)n);
	return n;
}

void
batch_end(struct batch *b)
{
	lines_end(&b->lines);
}

bool
batch_ended(const struct batch *b)
{
	return b->lines.ended;
}

static void
clear(struct batch *b)
{
	b->count = b->done = b->bytes.len = 0;
}

static void
add(struct batch *b, const struct line *line)
{
	if (b->count == 0)
		b->since_mono_ns = clock_mono_ns();
	b->tasks[b->count] = b->config.task;
	b->tasks[b->count].len = line->len;
	b->offsets[b->count++] = b->bytes.len;
	buf_add(&b->bytes, line->text, line->len);
	buf_addc(&b->bytes, '\0');
}

enum batch_state
batch_fill(struct batch *b, size_t most, struct line *line)
{
	enum lines_result got;

	if (most > b->config.most_tasks)
		most = b->config.most_tasks;
	if (b->done == b->count)
		clear(b);
	while (b->count < most && b->bytes.len < BATCH_BYTES) {
		got = lines_next(&b->lines, line);
		if (got == LINES_NONE)
			return BATCH_NEEDS_INPUT;
		if (got == LINES_LONG)
			return BATCH_LONG;
		add(b, line);
	}
	return BATCH_FULL;
}

size_t
batch_count(const struct batch *b)
{
	return b->count - b->done;
}

size_t
batch_pending(struct batch *b, const struct queue_put **tasks, uint64_t **ids)
{
	for (size_t i = b->done; i < b->count; i++)
		b->tasks[i].bytes = b->bytes.data + b->offsets[i];
	*tasks = b->tasks + b->done;
	*ids = b->ids + b->done;
	return batch_count(b);
}

void
batch_advance(struct batch *b, size_t count)
{
	b->done += count;
}

uint64_t
batch_discard(struct batch *b)
{
	uint64_t bytes = 0;

	for (size_t i = b->done; i < b->count; i++)
		bytes += b->tasks[i].len + 1;
	clear(b);
	return bytes;
}

size_t
batch_unread(const struct batch *b)
{
	return b->lines.buffer.len - b->lines.start;
}

int64_t
batch_since_mono_ns(const struct batch *b)
{
	return b->done == b->count ? 0 : b->since_mono_ns;
}
