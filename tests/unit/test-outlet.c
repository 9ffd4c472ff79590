/* outlet: what tasks write leaves in order and unmixed, however the tasks overlap, and whatever the reader does. */
#include "output/outlet.h"

#include <errno.h>
#include <unistd.h>

#include "outlet-pipes.h"
#include "tap.h"

static void
test_input_order(void)
{
	struct output *a, *b;
	size_t live, waiting;
	bool idle, still_idle;

	pipes_begin((struct outlet_config){ 0 });
	idle = outlet_idle(pipes.outlet);
	a = task_new("a");
	b = task_new("b");
	task_feed(b, "b1\n");
	pipes_drain();
	waiting = pipes.out[1].len;
	task_feed(a, "a1");
	pipes_drain();
	live = pipes.out[1].len;
	output_feed(a, 2, "error\n", 6);
	output_end(b);
	still_idle = outlet_idle(pipes.outlet);
	task_feed(a, "a2\n");
	output_end(a);
	idle = idle && outlet_idle(pipes.outlet);
	pipes_end();
	tap_ok(waiting == 0, "outlet: input order: a later task waits");
	tap_ok(live == 2, "outlet: input order: the first task streams live");
	tap_ok(pipes_wrote(1, "a1a2\nb1\n"), "outlet: input order: tasks are written in their order");
	tap_ok(pipes_wrote(2, "error\n"), "outlet: input order: standard error has its own fd");
	tap_ok(idle && !still_idle, "outlet: input order: is idle before the first and after the last task");
}

static void
test_completion_order(void)
{
	struct output *a, *b;
	size_t before;

	pipes_begin((struct outlet_config){ .by_completion = true });
	a = task_new("a");
	b = task_new("b");
	task_feed(a, "a1\n");
	task_feed(b, "b1\n");
	output_feed(b, 2, "error\n", 6);
	task_feed(a, "a2\n");
	pipes_drain();
	before = pipes.out[1].len;
	task_feed(b, "b2\n");
	output_end(b);
	output_end(a);
	pipes_end();
	tap_ok(before == 0, "outlet: completion order: nothing is written before a task ends");
	tap_ok(pipes_wrote(1, "b1\nb2\na1\na2\n") && pipes_wrote(2, "error\n"),
	    "outlet: completion order: tasks are written as they end");
}

static void
test_tags(void)
{
	struct output *a, *b;

	pipes_begin((struct outlet_config){ .tag = true });
	a = task_new("A");
	b = task_new("B");
	task_feed(b, "x\ny");
	task_feed(a, "1");
	task_feed(a, "2\n3\n\n");
	output_feed(a, 2, "e", 1);
	task_feed(a, "4");
	output_end(a);
	output_end(b);
	pipes_end();
	tap_ok(pipes_wrote(1, "A\t12\nA\t3\nA\t\nA\t4\nB\tx\nB\ty\n"),
	    "outlet: tags: each line has one, and ends in a newline");
	tap_ok(pipes_wrote(2, "A\te\n"), "outlet: tags: standard error too");
}

static void
test_no_newline_added(void)
{
	struct output *a, *b;

	pipes_begin((struct outlet_config){ 0 });
	a = task_new("a");
	b = task_new("b");
	task_feed(a, "no newline");
	output_end(a);
	task_feed(b, "b\0c");
	output_end(b);
	pipes_end();
	tap_ok(pipes_wrote(1, "no newlineb"), "outlet: without tags or line buffering the bytes are unchanged");
}

static void
test_records(void)
{
	struct output *a, *b;

	pipes_begin((struct outlet_config){ .tag = true });
	a = task_new("A");
	b = task_new("B");
	task_feed(b, "b");
	output_record(b, 1, "record b\n", 9);
	output_end(b);
	task_feed(a, "a\n");
	output_record(a, 1, "record a\n", 9);
	output_record(a, 2, "", 0);
	output_end(a);
	pipes_end();
	tap_ok(pipes_wrote(1, "A\ta\nrecord a\nB\tb\nrecord b\n") && pipes_wrote(2, ""),
	    "outlet: records follow their task on lines of their own, without tags");
}

/* Nobody reads: the head is paused as soon as the pipe is full. */
static void
test_slow_reader(void)
{
	bool flow_a = true, paused, kept_full;
	struct output *a;
	size_t len;

	pipes_begin((struct outlet_config){ 0 });
	a = outlet_begin(pipes.outlet, "a", task_flow, &flow_a);
	len = task_feed_while_flowing(a, &flow_a, 0);
	paused = !flow_a && !outlet_idle(pipes.outlet);
	kept_full = outlet_full(pipes.outlet);
	output_end(a);
	while (!outlet_idle(pipes.outlet))
		pipes_drain();
	pipes_end();
	tap_ok(paused && !kept_full && len < 1 << 20,
	    "outlet: slow reader: the head is paused, and other tasks may start");
	tap_ok(pipes.out[1].len == len && pipes_are_of_task(0, len, 0),
	    "outlet: slow reader: everything is written in the end");
}

static void
test_no_reader(void)
{
	uint64_t lost_out, lost_err;
	struct output *a, *b;
	bool idle;

	pipes_begin((struct outlet_config){ 0 });
	close(pipes.reader[1]);
	pipes.reader[1] = -1;
	a = task_new("a");
	b = task_new("b");
	task_feed(a, "abc");
	task_feed(a, "de");
	output_feed(a, 2, "error\n", 6);
	output_end(a);
	task_feed(b, "f");
	output_end(b);
	idle = outlet_idle(pipes.outlet);
	lost_out = outlet_lost(pipes.outlet, 1);
	lost_err = outlet_lost(pipes.outlet, 2);
	pipes_end();
	tap_ok(pipes.failed[1] == 1 && pipes.error == EPIPE && pipes.failed[2] == 0,
	    "outlet: no reader: is reported once");
	tap_ok(lost_out == 6 && lost_err == 0 && idle, "outlet: no reader: lost bytes are counted, and nothing waits");
	tap_ok(pipes_wrote(2, "error\n"), "outlet: no reader: the other fd is still written");
}

static void
test_own_messages(void)
{
	struct output *a, *b;
	bool open_inside, open_after;

	pipes_begin((struct outlet_config){ 0 });
	a = task_new("a");
	b = task_new("b");
	task_feed(b, "b\n");
	task_feed(a, "a");
	open_inside = pipes.line_open[1];
	outlet_write(pipes.outlet, 1, "message\n", 8);
	open_after = pipes.line_open[1];
	outlet_write(pipes.outlet, 2, "warning\n", 8);
	output_end(a);
	output_end(b);
	pipes_end();
	tap_ok(pipes_wrote(1, "amessage\nb\n") && pipes_wrote(2, "warning\n"),
	    "outlet: a message of qpool itself is written at once");
	tap_ok(open_inside && !open_after, "outlet: before each write it says whether the line stays open");
}

/* Outputs that are still waiting are freed, for valgrind and the address sanitizer. */
static void
test_free(void)
{
	struct output *a, *b;

	pipes_begin((struct outlet_config){ .tag = true, .by_completion = true });
	a = task_new("a");
	b = task_new("b");
	task_feed(a, "a\n");
	output_record(b, 1, "b\n", 2);
	pipes_end();
	tap_ok(pipes_wrote(1, ""), "outlet: what waits when it is freed is discarded");
}

int
main(void)
{
	pipes_init();
	test_input_order();
	test_completion_order();
	test_tags();
	test_no_newline_added();
	test_records();
	test_slow_reader();
	test_no_reader();
	test_own_messages();
	test_free();
	pipes_free();
	return tap_done();
}
