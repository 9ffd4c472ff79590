/*
 * qctl put: puts tasks, of the command line or of the lines of stdin.
 *
 * Invariant: an id is printed when its task is safe, and not before.
 */
#include "qctl/qctl.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lines.h"
#include "base/mem.h"

enum {
	PART_TASKS = 1000,      /* in one transaction, at most */
	PART_BYTES = 1 << 20,
	PART_MS = 50,           /* and it waits no longer for more */
	READ_SIZE = 64 << 10,
	LONGEST_TASK = 512 << 20,
};

struct part {
	struct queue_put tasks[PART_TASKS];
	uint64_t ids[PART_TASKS];
	size_t at[PART_TASKS];  /* of each task in bytes */
	struct buf bytes;
	size_t count;
	int64_t first_mono_ns;  /* when the first of them came */
};

static void
print_ids(struct qctl *c, const uint64_t *ids, size_t count)
{
	if (c->args.quiet)
		return;
	for (size_t i = 0; i < count; i++)
		if (ids[i] != 0)
			printf("%" PRIu64 "\n", ids[i]);
	qctl_flush(c);
}

static int
put_words(struct qctl *c)
{
	struct queue_put *tasks = mem_resize(NULL, c->word_count, sizeof *tasks);
	uint64_t *ids = mem_resize(NULL, c->word_count, sizeof *ids);
	size_t done;
	int status;

	for (size_t i = 0; i < c->word_count; i++)
		tasks[i] = qctl_task(c, c->words[i], strlen(c->words[i]));
	status = qctl_say_closed(c, qctl_put_all(c, tasks, c->word_count, ids, &done, print_ids));
	free(tasks);
	free(ids);
	return status;
}

static int
put_part(struct qctl *c, struct part *p)
{
	size_t done;
	int status;

	if (p->count == 0)
		return QCTL_YES;
	for (size_t i = 0; i < p->count; i++)
		p->tasks[i].bytes = p->bytes.data + p->at[i];
	status = qctl_say_closed(c, qctl_put_all(c, p->tasks, p->count, p->ids, &done, print_ids));
	p->count = p->bytes.len = 0;
	return status;
}

static void
add(struct qctl *c, struct part *p, const struct line *line)
{
	if (p->count == 0)
		p->first_mono_ns = clock_mono_ns();
	p->at[p->count] = p->bytes.len;
	p->tasks[p->count++] = qctl_task(c, NULL, line->len);
	buf_add(&p->bytes, line->text, line->len);
	buf_addc(&p->bytes, '\0');
}

/* Puts what the lines hold, but for what may still become a larger part. */
static int
take_lines(struct qctl *c, struct part *p, struct lines *l)
{
	struct line line;
	enum lines_result got;
	int status;

	while ((got = lines_next(l, &line)) != LINES_NONE) {
		if (got == LINES_LONG) {
			put_part(c, p);
			errx(QCTL_ERROR, "stdin:%" PRIu64 ": the task has %zu bytes, more than a queue keeps; put it into a file, and the file's name into the queue",
			    line.number, line.len);
		}
		add(c, p, &line);
		if (p->count == PART_TASKS || p->bytes.len >= PART_BYTES) {
			status = put_part(c, p);
			if (status != QCTL_YES)
				return status;
		}
	}
	return QCTL_YES;
}

/* Is there more to read before the part must be put? */
static bool
more_in_time(const struct part *p)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t left_ns = p->first_mono_ns + PART_MS * NS_PER_MS - clock_mono_ns();

	if (p->count == 0)
		return true;
	return left_ns > 0 && poll(&in, 1, (int)(left_ns / NS_PER_MS)) != 0;
}

static int
put_lines(struct qctl *c)
{
	struct part *p = mem_alloc(sizeof *p);
	struct lines l;
	ssize_t n;
	int status = QCTL_YES;

	lines_init(&l, qctl_delimiter(c), !c->args.null && c->args.delimiter == NULL, LONGEST_TASK);
	while (status == QCTL_YES && !l.ended) {
		if (!more_in_time(p)) {
			status = put_part(c, p);
			continue;
		}
		n = read(STDIN_FILENO, lines_space(&l, READ_SIZE), READ_SIZE);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			int why = errno;

			put_part(c, p);
			errc(QCTL_ERROR, why, "stdin");
		}
		if (n == 0)
			lines_end(&l);
		else
			lines_fed(&l, (size_t)n);
		status = take_lines(c, p, &l);
	}
	if (status == QCTL_YES)
		status = put_part(c, p);
	lines_free(&l);
	buf_free(&p->bytes);
	free(p);
	return status;
}

static int
run(struct qctl *c)
{
	if (c->args.key != NULL && c->word_count != 1)
		errx(QCTL_USAGE, "--key: is of one task; name just one");
	if (c->args.key != NULL && c->args.key[0] == '\0')
		errx(QCTL_USAGE, "--key: an empty key is none; leave it out");
	return c->word_count > 0 ? put_words(c) : put_lines(c);
}

static const struct qctl_option options[] = {
	QCTL_TIMEOUT,
	QCTL_NOWAIT,
	{ 'q', "quiet", "", "do not print the ids", QCTL_FLAG, offsetof(struct qctl_args, quiet), 0, 0 },
	QCTL_NULL,
	{ 'd', "delimiter", "BYTE", "this byte ends each task of stdin", QCTL_TEXT, offsetof(struct qctl_args, delimiter), 0, 0 },
	{ 'p', "priority", "N", "go before tasks of a lower one (0)", QCTL_NUMBER, offsetof(struct qctl_args, priority), INT_MIN, INT_MAX },
	{ 0, "after", "SECONDS", "do not give it out before", QCTL_SECONDS, offsetof(struct qctl_args, after_ns), 0, 0 },
	{ 0, "key", "KEY", "do nothing while there is an unfinished task of that key", QCTL_TEXT, offsetof(struct qctl_args, key), 0, 0 },
	QCTL_END,
};

const struct qctl_verb qctl_verb_put = {
	.name = "put",
	.arguments = "queue [task ...]",
	.help = "puts tasks, or each line of stdin; prints their ids",
	.options = options,
	.most_words = SIZE_MAX,
	.run = run,
};
