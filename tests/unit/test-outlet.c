/*
 * outlet: what tasks write leaves in order and unmixed, however the tasks overlap, and whatever the reader, the
 * memory and the disk do. The outlet writes to fds 1 and 2, so that each test puts pipes there and reports
 * afterwards.
 */
#include "output/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/os.h"
#include "tap.h"
#include "turn.h"

enum { NO_BOUND = 1 << 30, TASKS = 120 };

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

/* What the handlers got, and what was written. */
static struct {
	unsigned failed[3], spill_failed, lost;
	int error;
	bool line_open[3];
	struct buf out[3]; /* by fd */
} got;

static struct loop *loop;
static struct outlet *outlet;
static int saved[3], reader[3]; /* by fd */

static void
before_write(void *arg, int fd, bool line_open)
{
	(void)arg;
	got.line_open[fd] = line_open;
}

static void
failed(void *arg, int fd, int error)
{
	(void)arg;
	got.failed[fd]++;
	got.error = error;
}

static void
spill_failed(void *arg, int error)
{
	(void)arg;
	got.spill_failed++;
	got.error = error;
}

static void
lost(void *arg, int error)
{
	(void)arg;
	got.lost++;
	got.error = error;
}

/* Puts pipes in the place of fds 1 and 2, and makes an outlet. */
static void
begin(struct outlet_config config)
{
	static const struct outlet_events events = { before_write, failed, spill_failed, lost };

	for (int fd = 1; fd <= 2; fd++)
		buf_free(&got.out[fd]);
	memset(&got, 0, sizeof(got));
	fflush(stdout);
	for (int fd = 1; fd <= 2; fd++) {
		int ends[2];

		if (os_pipe(ends) == -1)
			abort();
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		dup2(ends[1], fd);
		close(ends[1]);
		reader[fd] = ends[0];
		fcntl(reader[fd], F_SETFL, O_NONBLOCK);
	}
	if (config.spill_max_bytes == 0)
		config.spill_max_bytes = NO_BOUND;
	outlet = outlet_new(loop, &config, &events, NULL);
}

/* Reads what the outlet can write now. */
static void
drain(void)
{
	ssize_t n = 0;

	for (int fd = 1; fd <= 2; fd++)
		do {
			struct buf *b = &got.out[fd];

			turn(loop);
			buf_reserve(b, 65536);
			n = reader[fd] == -1 ? 0 : read(reader[fd], b->data + b->len, 65536);
			b->len += n > 0 ? (size_t)n : 0;
		} while (n > 0);
}

/* Frees the outlet and puts fds 1 and 2 back. */
static void
end(void)
{
	drain();
	outlet_free(outlet);
	for (int fd = 1; fd <= 2; fd++) {
		dup2(saved[fd], fd);
		close(saved[fd]);
		if (reader[fd] != -1)
			close(reader[fd]);
	}
}

/* After end. */
static bool
wrote(int fd, const char *want)
{
	const struct buf *b = &got.out[fd];
	bool good = b->len == strlen(want) && (b->len == 0 || memcmp(b->data, want, b->len) == 0);

	if (!good)
		printf("# fd %d got %.*s\n", fd, (int)(b->len < 500 ? b->len : 500), b->len > 0 ? b->data : "");
	return good;
}

static void
flow(void *arg, bool on)
{
	if (arg != NULL)
		*(bool *)arg = on;
}

static struct output *
new_task(const char *tag)
{
	return outlet_begin(outlet, tag, flow, NULL);
}

static void
feed(struct output *out, const char *text)
{
	output_feed(out, 1, text, strlen(text));
}

static void
test_input_order(void)
{
	struct output *a, *b;
	size_t live, waiting;
	bool idle, still_idle;

	begin((struct outlet_config){ 0 });
	idle = outlet_idle(outlet);
	a = new_task("a");
	b = new_task("b");
	feed(b, "b1\n");
	drain();
	waiting = got.out[1].len;
	feed(a, "a1");
	drain();
	live = got.out[1].len;
	output_feed(a, 2, "error\n", 6);
	output_end(b);
	still_idle = outlet_idle(outlet);
	feed(a, "a2\n");
	output_end(a);
	idle = idle && outlet_idle(outlet);
	end();
	tap_ok(waiting == 0, "outlet: input order: a later task waits");
	tap_ok(live == 2, "outlet: input order: the first task streams live");
	tap_ok(wrote(1, "a1a2\nb1\n"), "outlet: input order: tasks are written in their order");
	tap_ok(wrote(2, "error\n"), "outlet: input order: standard error has its own fd");
	tap_ok(idle && !still_idle, "outlet: input order: is idle before the first and after the last task");
}

static void
test_completion_order(void)
{
	struct output *a, *b;
	size_t before;

	begin((struct outlet_config){ .by_completion = true });
	a = new_task("a");
	b = new_task("b");
	feed(a, "a1\n");
	feed(b, "b1\n");
	output_feed(b, 2, "error\n", 6);
	feed(a, "a2\n");
	drain();
	before = got.out[1].len;
	feed(b, "b2\n");
	output_end(b);
	output_end(a);
	end();
	tap_ok(before == 0, "outlet: completion order: nothing is written before a task ends");
	tap_ok(wrote(1, "b1\nb2\na1\na2\n") && wrote(2, "error\n"),
	    "outlet: completion order: tasks are written as they end");
}

static void
test_tags(void)
{
	struct output *a, *b;

	begin((struct outlet_config){ .tag = true });
	a = new_task("A");
	b = new_task("B");
	feed(b, "x\ny");
	feed(a, "1");
	feed(a, "2\n3\n\n");
	output_feed(a, 2, "e", 1);
	feed(a, "4");
	output_end(a);
	output_end(b);
	end();
	tap_ok(
	    wrote(1, "A\t12\nA\t3\nA\t\nA\t4\nB\tx\nB\ty\n"), "outlet: tags: each line has one, and ends in a newline");
	tap_ok(wrote(2, "A\te\n"), "outlet: tags: standard error too");
}

static void
test_no_newline_added(void)
{
	struct output *a, *b;

	begin((struct outlet_config){ 0 });
	a = new_task("a");
	b = new_task("b");
	feed(a, "no newline");
	output_end(a);
	feed(b, "b\0c");
	output_end(b);
	end();
	tap_ok(wrote(1, "no newlineb"), "outlet: without tags or line buffering the bytes are unchanged");
}

static void
test_lines(void)
{
	struct output *a, *b;
	bool partial;

	begin((struct outlet_config){ .line_buffer = true });
	a = new_task("a");
	b = new_task("b");
	feed(a, "a1 ");
	feed(b, "b1\nb2 ");
	drain();
	partial = got.out[1].len == 3;
	feed(a, "a2\na3");
	feed(b, "b3\n");
	output_end(a);
	output_feed(b, 2, "e\nf", 3);
	output_end(b);
	end();
	tap_ok(partial, "outlet: line buffer: an unfinished line waits");
	tap_ok(wrote(1, "b1\na1 a2\nb2 b3\na3\n"), "outlet: line buffer: lines leave as they are finished");
	tap_ok(wrote(2, "e\nf\n"), "outlet: line buffer: a last line without a newline gets one");
}

/* A line of 3 MiB is not kept in memory; meanwhile another task waits. */
static void
test_giant_line(void)
{
	enum { PIECE = 1 << 16, PIECES = 48 };
	char *piece = malloc(PIECE);
	bool flow_b = true, paused = false, whole;
	struct output *a, *b;
	size_t early;

	memset(piece, 'x', PIECE);
	begin((struct outlet_config){ .line_buffer = true });
	a = new_task("a");
	b = outlet_begin(outlet, "b", flow, &flow_b);
	feed(b, "b1 ");
	for (int i = 0; i < PIECES; i++) {
		output_feed(a, 1, piece, PIECE);
		drain();
		paused = paused || !flow_b;
		if (i == PIECES / 2)
			feed(b, "b2\nb3\n");
	}
	early = got.out[1].len;
	feed(a, "\na2\n");
	output_end(a);
	output_end(b);
	drain();
	whole = got.out[1].len == (size_t)PIECE * PIECES + 13 && got.out[1].data[(size_t)PIECE * PIECES] == '\n' &&
	    memchr(got.out[1].data, 'b', (size_t)PIECE * PIECES) == NULL;
	end();
	tap_ok(early > (size_t)2 * PIECE * PIECES / 3, "outlet: line buffer: a giant line is written in pieces");
	tap_ok(whole, "outlet: line buffer: no other line is written inside it");
	tap_ok(paused && flow_b, "outlet: line buffer: other tasks are not read meanwhile");
	free(piece);
}

static void
test_records(void)
{
	struct output *a, *b;

	begin((struct outlet_config){ .tag = true });
	a = new_task("A");
	b = new_task("B");
	feed(b, "b");
	output_record(b, 1, "record b\n", 9);
	output_end(b);
	feed(a, "a\n");
	output_record(a, 1, "record a\n", 9);
	output_record(a, 2, "", 0);
	output_end(a);
	end();
	tap_ok(wrote(1, "A\ta\nrecord a\nB\tb\nrecord b\n") && wrote(2, ""),
	    "outlet: records follow their task on lines of their own, without tags");
}

/* Fills a piece with the letter of a task, in lines of 64 bytes. */
static void
fill(char *piece, size_t len, int task)
{
	for (size_t i = 0; i < len; i++)
		piece[i] = (char)(i % 64 == 63 ? '\n' : 'A' + task % 26);
}

/* Is it one piece of each task, in this order: `first`, first + step, ...? */
static bool
pieces_are(size_t piece, int count, int first, int step)
{
	const struct buf *b = &got.out[1];
	bool good = b->len == piece * (size_t)count;
	char *want = malloc(piece);

	for (int i = 0; good && i < count; i++) {
		fill(want, piece, first + i * step);
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

	begin((struct outlet_config){ .by_completion = by_completion });
	for (int i = 0; i < TASKS; i++) {
		task[i] = new_task("t");
		if (i == 0)
			continue;
		fill(piece, PIECE, i);
		output_feed(task[i], 1, piece, PIECE / 2);
		output_feed(task[i], 1, piece + PIECE / 2, PIECE / 2);
		full = full || outlet_full(outlet);
	}
	for (int i = TASKS - 1; i > 0; i--) {
		output_end(task[i]);
		if (by_completion)
			drain();
	}
	drain();
	fill(piece, PIECE, 0);
	output_feed(task[0], 1, piece, PIECE);
	output_end(task[0]);
	while (!outlet_idle(outlet))
		drain();
	end();
	tap_ok(!full && got.spill_failed == 0 &&
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

	begin((struct outlet_config){ 0 });
	head = new_task("head");
	for (int i = 1; i < TASKS; i++) {
		other = new_task("t");
		fill(piece, PIECE, i);
		if (i % 2 == 1)
			output_feed(other, 1, piece, PIECE);
		output_end(other);
	}
	output_end(head);
	while (!outlet_idle(outlet))
		drain();
	end();
	tap_ok(pieces_are(PIECE, TASKS / 2, 1, 2), "outlet: spill: tasks without output are skipped");
	free(piece);
}

/* Feeds a task until the outlet no longer wants its output. Returns the number of bytes. */
static size_t
feed_while_flowing(struct output *out, const bool *flowing, int task)
{
	char piece[32768];
	size_t len = 0;

	fill(piece, sizeof(piece), task);
	for (int i = 0; i < 1000 && *flowing; i++) {
		output_feed(out, 1, piece, sizeof(piece));
		len += sizeof(piece);
	}
	return len;
}

/* Is this what feed_while_flowing wrote for a task? */
static bool
is_of_task(size_t from, size_t len, int task)
{
	const struct buf *b = &got.out[1];
	size_t right = 0;

	for (size_t i = from; i < from + len && i < b->len; i++)
		right += b->data[i] == (i % 64 == 63 ? '\n' : (char)('A' + task % 26));
	return right == len;
}

/* The bound of the spill is reached: running tasks are paused, and the head goes on. */
static void
test_spill_full(void)
{
	bool flow_a = true, flow_b = true, paused, full, head_flows;
	struct output *head, *a, *b;
	size_t len_a, len_b;

	begin((struct outlet_config){ .spill_max_bytes = 1 << 20 });
	head = new_task("head");
	a = outlet_begin(outlet, "a", flow, &flow_a);
	b = outlet_begin(outlet, "b", flow, &flow_b);
	len_a = feed_while_flowing(a, &flow_a, 0);
	full = outlet_full(outlet) && got.spill_failed == 1 && got.error == ENOSPC;
	len_b = feed_while_flowing(b, &flow_b, 1);
	paused = !flow_a && !flow_b && !output_may_read(a) && outlet_full(outlet);
	head_flows = output_may_read(head);
	output_end(head);
	while (!flow_a)
		drain();
	output_end(a);
	while (!flow_b)
		drain();
	output_end(b);
	while (!outlet_idle(outlet))
		drain();
	full = full && !outlet_full(outlet);
	end();
	tap_ok(paused && head_flows, "outlet: full spill: running tasks are paused, except the head");
	tap_ok(full, "outlet: full spill: is reported once, and ends when everything has been written");
	tap_ok(len_a + len_b > 1 << 20 && got.out[1].len == len_a + len_b && is_of_task(0, len_a, 0) &&
		is_of_task(len_a, len_b, 1),
	    "outlet: full spill: no output is lost or mixed");
}

/* In order of completion no task is the head. If all are paused, one must stream, or none could ever end. */
static void
test_spill_full_completion(void)
{
	bool flow_a = true, flow_b = true;
	struct output *a, *b;
	size_t len_a, len_b = 0;

	begin((struct outlet_config){ .by_completion = true, .spill_max_bytes = 1 << 20 });
	a = outlet_begin(outlet, "a", flow, &flow_a);
	b = outlet_begin(outlet, "b", flow, &flow_b);
	len_a = feed_while_flowing(a, &flow_a, 0);
	drain();
	len_a += feed_while_flowing(a, &flow_a, 0);
	len_b = feed_while_flowing(b, &flow_b, 1);
	while (!flow_a)
		drain();
	output_end(a);
	while (!flow_b)
		drain();
	output_end(b);
	while (!outlet_idle(outlet))
		drain();
	end();
	tap_ok(len_a > 1 << 20 && got.out[1].len == len_a + len_b && is_of_task(0, len_a, 0) &&
		is_of_task(len_a, len_b, 1),
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
	begin((struct outlet_config){ 0 });
	head = new_task("head");
	a = outlet_begin(outlet, "a", flow, &flow_a);
	len = feed_while_flowing(a, &flow_a, 0);
	reported = got.spill_failed == 1 && got.error == ENOENT;
	output_end(head);
	output_end(a);
	while (!outlet_idle(outlet))
		drain();
	end();
	tap_ok(reported, "outlet: a spill that cannot be created is reported once");
	tap_ok(len > OUTLET_RUNNING && got.out[1].len == len && is_of_task(0, len, 0),
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

	begin((struct outlet_config){ 0 });
	head = new_task("head");
	a = new_task("a");
	b = new_task("b");
	for (int i = 0; i < OUTLET_MEMORY / 32768 + 2; i++) {
		static char piece[32768];

		memset(piece, 'a', sizeof(piece));
		output_feed(a, 1, piece, sizeof(piece));
	}
	output_end(a);
	feed(b, "b\n");
	output_end(b);
	pread_errno = EIO;
	output_end(head);
	while (!outlet_idle(outlet))
		drain();
	pread_errno = 0;
	end();
	tap_ok(got.lost == 1 && got.error == EIO, "outlet: an unreadable spill is reported");
	tap_ok(got.out[1].len >= 2 && memcmp(got.out[1].data + got.out[1].len - 2, "b\n", 2) == 0,
	    "outlet: after an unreadable spill later tasks are written");
}

/* Nobody reads: the head is paused as soon as the pipe is full. */
static void
test_slow_reader(void)
{
	bool flow_a = true, paused, kept_full;
	struct output *a;
	size_t len;

	begin((struct outlet_config){ 0 });
	a = outlet_begin(outlet, "a", flow, &flow_a);
	len = feed_while_flowing(a, &flow_a, 0);
	paused = !flow_a && !outlet_idle(outlet);
	kept_full = outlet_full(outlet);
	output_end(a);
	while (!outlet_idle(outlet))
		drain();
	end();
	tap_ok(paused && !kept_full && len < 1 << 20,
	    "outlet: slow reader: the head is paused, and other tasks may start");
	tap_ok(got.out[1].len == len && is_of_task(0, len, 0), "outlet: slow reader: everything is written in the end");
}

static void
test_slow_reader_of_lines(void)
{
	bool flow_a = true, full;
	struct output *a;
	size_t len;

	begin((struct outlet_config){ .line_buffer = true });
	a = outlet_begin(outlet, "a", flow, &flow_a);
	len = feed_while_flowing(a, &flow_a, 0);
	full = outlet_full(outlet);
	output_end(a);
	while (!outlet_idle(outlet))
		drain();
	full = full && !outlet_full(outlet);
	end();
	tap_ok(full && len < 1 << 20, "outlet: slow reader: with line buffering no other task starts");
	tap_ok(got.out[1].len == len && is_of_task(0, len, 0), "outlet: slow reader: every line is written in the end");
}

static void
test_no_reader(void)
{
	uint64_t lost_out, lost_err;
	struct output *a, *b;
	bool idle;

	begin((struct outlet_config){ 0 });
	close(reader[1]);
	reader[1] = -1;
	a = new_task("a");
	b = new_task("b");
	feed(a, "abc");
	feed(a, "de");
	output_feed(a, 2, "error\n", 6);
	output_end(a);
	feed(b, "f");
	output_end(b);
	idle = outlet_idle(outlet);
	lost_out = outlet_lost(outlet, 1);
	lost_err = outlet_lost(outlet, 2);
	end();
	tap_ok(got.failed[1] == 1 && got.error == EPIPE && got.failed[2] == 0, "outlet: no reader: is reported once");
	tap_ok(lost_out == 6 && lost_err == 0 && idle, "outlet: no reader: lost bytes are counted, and nothing waits");
	tap_ok(wrote(2, "error\n"), "outlet: no reader: the other fd is still written");
}

static void
test_own_messages(void)
{
	struct output *a, *b;
	bool open_inside, open_after;

	begin((struct outlet_config){ 0 });
	a = new_task("a");
	b = new_task("b");
	feed(b, "b\n");
	feed(a, "a");
	open_inside = got.line_open[1];
	outlet_write(outlet, 1, "message\n", 8);
	open_after = got.line_open[1];
	outlet_write(outlet, 2, "warning\n", 8);
	output_end(a);
	output_end(b);
	end();
	tap_ok(
	    wrote(1, "amessage\nb\n") && wrote(2, "warning\n"), "outlet: a message of qpool itself is written at once");
	tap_ok(open_inside && !open_after, "outlet: before each write it says whether the line stays open");
}

/* Outputs that are still waiting are freed, for valgrind and the address sanitizer. */
static void
test_free(void)
{
	struct output *a, *b;

	begin((struct outlet_config){ .tag = true, .by_completion = true });
	a = new_task("a");
	b = new_task("b");
	feed(a, "a\n");
	output_record(b, 1, "b\n", 2);
	end();
	tap_ok(wrote(1, ""), "outlet: what waits when it is freed is discarded");
}

int
main(void)
{
	/* Not to fail, but to end a test that would wait forever. */
	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	loop = loop_new();
	test_input_order();
	test_completion_order();
	test_tags();
	test_no_newline_added();
	test_lines();
	test_giant_line();
	test_records();
	test_spill(false);
	test_spill(true);
	test_spill_empty_tasks();
	test_spill_full();
	test_spill_full_completion();
	test_no_spill();
	test_spill_unreadable();
	test_slow_reader();
	test_slow_reader_of_lines();
	test_no_reader();
	test_own_messages();
	test_free();
	for (int fd = 1; fd <= 2; fd++)
		buf_free(&got.out[fd]);
	loop_free(loop);
	return tap_done();
}
