/* outlet-lines: whole lines of all tasks leave as they are finished, and no line is mixed with another. */
#include "output/outlet.h"

#include <stdlib.h>
#include <string.h>

#include "outlet-pipes.h"
#include "tap.h"

static void
test_lines(void)
{
	struct output *a, *b;
	bool partial;

	pipes_begin((struct outlet_config){ .line_buffer = true });
	a = task_new("a");
	b = task_new("b");
	task_feed(a, "a1 ");
	task_feed(b, "b1\nb2 ");
	pipes_drain();
	partial = pipes.out[1].len == 3;
	task_feed(a, "a2\na3");
	task_feed(b, "b3\n");
	output_end(a);
	output_feed(b, 2, "e\nf", 3);
	output_end(b);
	pipes_end();
	tap_ok(partial, "outlet: line buffer: an unfinished line waits");
	tap_ok(pipes_wrote(1, "b1\na1 a2\nb2 b3\na3\n"), "outlet: line buffer: lines leave as they are finished");
	tap_ok(pipes_wrote(2, "e\nf\n"), "outlet: line buffer: a last line without a newline gets one");
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
	pipes_begin((struct outlet_config){ .line_buffer = true });
	a = task_new("a");
	b = outlet_begin(pipes.outlet, "b", task_flow, &flow_b);
	task_feed(b, "b1 ");
	for (int i = 0; i < PIECES; i++) {
		output_feed(a, 1, piece, PIECE);
		pipes_drain();
		paused = paused || !flow_b;
		if (i == PIECES / 2)
			task_feed(b, "b2\nb3\n");
	}
	early = pipes.out[1].len;
	task_feed(a, "\na2\n");
	output_end(a);
	output_end(b);
	pipes_drain();
	whole = pipes.out[1].len == (size_t)PIECE * PIECES + 13 && pipes.out[1].data[(size_t)PIECE * PIECES] == '\n' &&
	    memchr(pipes.out[1].data, 'b', (size_t)PIECE * PIECES) == NULL;
	pipes_end();
	tap_ok(early > (size_t)2 * PIECE * PIECES / 3, "outlet: line buffer: a giant line is written in pieces");
	tap_ok(whole, "outlet: line buffer: no other line is written inside it");
	tap_ok(paused && flow_b, "outlet: line buffer: other tasks are not read meanwhile");
	free(piece);
}

static void
test_slow_reader_of_lines(void)
{
	bool flow_a = true, full;
	struct output *a;
	size_t len;

	pipes_begin((struct outlet_config){ .line_buffer = true });
	a = outlet_begin(pipes.outlet, "a", task_flow, &flow_a);
	len = task_feed_while_flowing(a, &flow_a, 0);
	full = outlet_full(pipes.outlet);
	output_end(a);
	while (!outlet_idle(pipes.outlet))
		pipes_drain();
	full = full && !outlet_full(pipes.outlet);
	pipes_end();
	tap_ok(full && len < 1 << 20, "outlet: slow reader: with line buffering no other task starts");
	tap_ok(pipes.out[1].len == len && pipes_are_of_task(0, len, 0),
	    "outlet: slow reader: every line is written in the end");
}

int
main(void)
{
	pipes_init();
	test_lines();
	test_giant_line();
	test_slow_reader_of_lines();
	pipes_free();
	return tap_done();
}
