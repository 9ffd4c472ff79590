/* outlet-memory: waiting output beyond the bound of the memory goes through the spill, and back in order. */
#include "output/outlet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "outlet-pipes.h"
#include "tap.h"

enum { TASKS = 120 };

static int pread_errno; /* of all calls of pread(2); 0: none */

/* Replaces the one of libc, which only the spill is read with. */
ssize_t
pread(int fd, void *bytes, size_t len, off_t at)
{
	if (pread_errno != 0) {
		errno = pread_errno;
		return -1;
	}
	return syscall(SYS_pread64, fd, bytes, len, at);
}

/* Is it one piece of each task, in this order: `first`, first + step, ...? */
static bool
pieces_are(size_t piece, int count, int first, int step)
{
	const struct buf *b = &pipes.out[1];
	bool good = b->len == piece * (size_t)count;
	char *want = malloc(piece);

	for (int i = 0; good && i < count; i++) {
		task_fill(want, piece, first + i * step);
		good = memcmp(b->data + piece * (size_t)i, want, piece) == 0;
	}
	free(want);
	return good;
}

/* 12 MB of waiting output: three times what is kept in memory. The tasks end in reverse order. */
static void
test_spill(bool by_completion)
{
	enum { PIECE = 100000 };
	char *piece = malloc(PIECE);
	struct output *task[TASKS];
	bool full = false;

	pipes_begin((struct outlet_config){ .by_completion = by_completion });
	for (int i = 0; i < TASKS; i++) {
		task[i] = task_new("t");
		if (i == 0)
			continue;
		task_fill(piece, PIECE, i);
		output_feed(task[i], 1, piece, PIECE / 2);
		output_feed(task[i], 1, piece + PIECE / 2, PIECE / 2);
		full = full || outlet_full(pipes.outlet);
	}
	for (int i = TASKS - 1; i > 0; i--) {
		output_end(task[i]);
		if (by_completion)
			pipes_drain();
	}
	pipes_drain();
	task_fill(piece, PIECE, 0);
	output_feed(task[0], 1, piece, PIECE);
	output_end(task[0]);
	while (!outlet_idle(pipes.outlet))
		pipes_drain();
	pipes_end();
	tap_ok(!full && pipes.spill_failed == 0 &&
		pieces_are(PIECE, TASKS, by_completion ? TASKS - 1 : 0, by_completion ? -1 : 1),
	    "outlet: spill: %s order: 12 MB of %d tasks come back in order", by_completion ? "completion" : "input",
	    TASKS);
	free(piece);
}

/* Ended tasks without output take no extent. */
static void
test_spill_empty_tasks(void)
{
	enum { PIECE = 100000 };
	char *piece = malloc(PIECE);
	struct output *head, *other;

	pipes_begin((struct outlet_config){ 0 });
	head = task_new("head");
	for (int i = 1; i < TASKS; i++) {
		other = task_new("t");
		task_fill(piece, PIECE, i);
		if (i % 2 == 1)
			output_feed(other, 1, piece, PIECE);
		output_end(other);
	}
	output_end(head);
	while (!outlet_idle(pipes.outlet))
		pipes_drain();
	pipes_end();
	tap_ok(pieces_are(PIECE, TASKS / 2, 1, 2), "outlet: spill: tasks without output are skipped");
	free(piece);
}

/* The bound of the spill is reached: running tasks are paused, and the head goes on. */
static void
test_spill_full(void)
{
	bool flow_a = true, flow_b = true, paused, full, head_flows;
	struct output *head, *a, *b;
	size_t len_a, len_b;

	pipes_begin((struct outlet_config){ .spill_max_bytes = 1 << 20 });
	head = task_new("head");
	a = outlet_begin(pipes.outlet, "a", task_flow, &flow_a);
	b = outlet_begin(pipes.outlet, "b", task_flow, &flow_b);
	len_a = task_feed_while_flowing(a, &flow_a, 0);
	full = outlet_full(pipes.outlet) && pipes.spill_failed == 1 && pipes.error == ENOSPC;
	len_b = task_feed_while_flowing(b, &flow_b, 1);
	paused = !flow_a && !flow_b && !output_may_read(a) && outlet_full(pipes.outlet);
	head_flows = output_may_read(head);
	output_end(head);
	while (!flow_a)
		pipes_drain();
	output_end(a);
	while (!flow_b)
		pipes_drain();
	output_end(b);
	while (!outlet_idle(pipes.outlet))
		pipes_drain();
	full = full && !outlet_full(pipes.outlet);
	pipes_end();
	tap_ok(paused && head_flows, "outlet: full spill: running tasks are paused, except the head");
	tap_ok(full, "outlet: full spill: is reported once, and ends when everything has been written");
	tap_ok(len_a + len_b > 1 << 20 && pipes.out[1].len == len_a + len_b && pipes_are_of_task(0, len_a, 0) &&
		pipes_are_of_task(len_a, len_b, 1),
	    "outlet: full spill: no output is lost or mixed");
}

/* In order of completion no task is the head. If all are paused, one must stream, or none could ever end. */
static void
test_spill_full_completion(void)
{
	bool flow_a = true, flow_b = true;
	struct output *a, *b;
	size_t len_a, len_b = 0;

	pipes_begin((struct outlet_config){ .by_completion = true, .spill_max_bytes = 1 << 20 });
	a = outlet_begin(pipes.outlet, "a", task_flow, &flow_a);
	b = outlet_begin(pipes.outlet, "b", task_flow, &flow_b);
	len_a = task_feed_while_flowing(a, &flow_a, 0);
	pipes_drain();
	len_a += task_feed_while_flowing(a, &flow_a, 0);
	len_b = task_feed_while_flowing(b, &flow_b, 1);
	while (!flow_a)
		pipes_drain();
	output_end(a);
	while (!flow_b)
		pipes_drain();
	output_end(b);
	while (!outlet_idle(pipes.outlet))
		pipes_drain();
	pipes_end();
	tap_ok(len_a > 1 << 20 && pipes.out[1].len == len_a + len_b && pipes_are_of_task(0, len_a, 0) &&
		pipes_are_of_task(len_a, len_b, 1),
	    "outlet: full spill: in completion order one task streams until it ends");
}

static void
test_no_spill(void)
{
	struct output *head, *a;
	char *was = getenv("TMPDIR"), *old = was == NULL ? NULL : strdup(was);
	bool flow_a = true, reported;
	size_t len;

	setenv("TMPDIR", "/nonexistent", 1);
	pipes_begin((struct outlet_config){ 0 });
	head = task_new("head");
	a = outlet_begin(pipes.outlet, "a", task_flow, &flow_a);
	len = task_feed_while_flowing(a, &flow_a, 0);
	reported = pipes.spill_failed == 1 && pipes.error == ENOENT;
	output_end(head);
	output_end(a);
	while (!outlet_idle(pipes.outlet))
		pipes_drain();
	pipes_end();
	tap_ok(reported, "outlet: a spill that cannot be created is reported once");
	tap_ok(len > OUTLET_RUNNING && pipes.out[1].len == len && pipes_are_of_task(0, len, 0),
	    "outlet: without a spill no output is lost");
	if (old != NULL)
		setenv("TMPDIR", old, 1);
	else
		unsetenv("TMPDIR");
	free(old);
}

static void
test_spill_unreadable(void)
{
	struct output *head, *a, *b;

	pipes_begin((struct outlet_config){ 0 });
	head = task_new("head");
	a = task_new("a");
	b = task_new("b");
	for (int i = 0; i < OUTLET_MEMORY / 32768 + 2; i++) {
		static char piece[32768];

		memset(piece, 'a', sizeof(piece));
		output_feed(a, 1, piece, sizeof(piece));
	}
	output_end(a);
	task_feed(b, "b\n");
	output_end(b);
	pread_errno = EIO;
	output_end(head);
	while (!outlet_idle(pipes.outlet))
		pipes_drain();
	pread_errno = 0;
	pipes_end();
	tap_ok(pipes.lost == 1 && pipes.error == EIO, "outlet: an unreadable spill is reported");
	tap_ok(pipes.out[1].len >= 2 && memcmp(pipes.out[1].data + pipes.out[1].len - 2, "b\n", 2) == 0,
	    "outlet: after an unreadable spill later tasks are written");
}

int
main(void)
{
	pipes_init();
	test_spill(false);
	test_spill(true);
	test_spill_empty_tasks();
	test_spill_full();
	test_spill_full_completion();
	test_no_spill();
	test_spill_unreadable();
	pipes_free();
	return tap_done();
}
