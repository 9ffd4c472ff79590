/*
 * qctl watch: a live view of a queue: a display that is redrawn on a terminal, otherwise a line at intervals.
 *
 * Invariants: a drawing is one write(2), and leaves the cursor in its first line and column, so it can be erased even
 * if the window was resized. No line reaches the last column. It listens only to notifications that go to all
 * listeners, because one for a new task would be lost to the process that waits for the task.
 */
#include "qctl/qctl.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/columns.h"
#include "sys/os.h"
#include "qctl/answer.h"
#include "qctl/waiting.h"

enum {
	REDRAW_MS = 100,
	SAMPLES = 21,        /* one per second: the rate is an average over 20 s */
	BYTES_A_COLUMN = 16, /* no more of a task is read per column of the window */
};

struct sample {
	int64_t mono_ns;
	uint64_t finished;
};

struct watch {
	struct qctl *c;
	bool terminal, drawn;
	size_t rows, columns;
	struct sample samples[SAMPLES]; /* a ring */
	size_t sample_count, newest;
	int64_t drawn_mono_ns;
	size_t below; /* lines drawn below the first */
	struct buf frame;
};

/* -- Lines --------------------------------------------------------------------------------------------------------- */

static void
take_sample(struct watch *w, uint64_t finished)
{
	int64_t now = clock_mono_ns();

	if (w->sample_count > 0 && now - w->samples[w->newest].mono_ns < NS_PER_S)
		return;
	w->newest = (w->newest + 1) % SAMPLES;
	w->samples[w->newest] = (struct sample){ now, finished };
	if (w->sample_count < SAMPLES)
		w->sample_count++;
}

/* Tasks that finished per second, lately; 0: too early to tell. */
static double
rate(const struct watch *w, uint64_t finished)
{
	struct sample since = w->samples[(w->newest + SAMPLES + 1 - w->sample_count) % SAMPLES];
	int64_t ns = clock_mono_ns() - since.mono_ns;

	/* A retried task no longer counts as finished. */
	return ns < NS_PER_S || finished < since.finished
	    ? 0
	    : (double)(finished - since.finished) * (double)NS_PER_S / (double)ns;
}

static void
add_state(struct columns *l, const struct queue_counts *n, enum queue_state state)
{
	columns_format(l, ", %" PRIu64 " %s", n->of[state], queue_state_name(state));
}

/* "5 ready, 2 running, 10 done, 1 failed, 0 dead, 12.3/s, 2 pools with 8 slots"; rare states only if they are not 0. */
static void
add_head(struct watch *w, struct columns *l, const struct queue_counts *n)
{
	columns_format(l, "%" PRIu64 " ready", n->of[QUEUE_READY]);
	if (n->of[QUEUE_DELAYED] > 0)
		add_state(l, n, QUEUE_DELAYED);
	add_state(l, n, QUEUE_RUNNING);
	if (n->of[QUEUE_LEASED] > 0)
		add_state(l, n, QUEUE_LEASED);
	add_state(l, n, QUEUE_DONE);
	add_state(l, n, QUEUE_FAILED);
	add_state(l, n, QUEUE_DEAD);
	columns_format(l, ", %.1f/s, %u pool%s", rate(w, n->finished), n->consumers, n->consumers == 1 ? "" : "s");
	if (n->slots > 0)
		columns_format(l, " with %u slot%s", n->slots, n->slots == 1 ? "" : "s");
	if (n->closed)
		columns_format(l, ", closed");
}

static void
write_frame(struct watch *w)
{
	fwrite(w->frame.data, 1, w->frame.len, stdout);
	qctl_flush(w->c);
	w->frame.len = 0;
}

static void
print_line(struct watch *w, const struct queue_counts *n)
{
	struct columns l = { &w->frame, 0, SIZE_MAX };

	if (w->drawn && os_is_foreground(STDOUT_FILENO))
		buf_adds(&w->frame, "\r\033[J");
	w->drawn = false;
	add_head(w, &l, n);
	buf_addc(&w->frame, '\n');
	write_frame(w);
	w->drawn_mono_ns = clock_mono_ns();
}

/* -- On a terminal ------------------------------------------------------------------------------------------------- */

/* "  [13] 0:03 make -C docs"; the rest of the line is erased. */
static bool
add_running(void *arg, const struct queue_info *i)
{
	struct watch *w = arg;
	struct columns l = { &w->frame, 0, w->columns - 1 };

	/* Two lines are reserved: the first, and one for the number of further tasks. */
	if (w->below + 2 >= w->rows)
		return false;
	buf_adds(&w->frame, "\r\n");
	columns_format(&l, "  [%" PRIu64 "] ", i->id);
	columns_time(&l, i->running_ns);
	columns_format(&l, " ");
	columns_visible(&l, i->bytes, i->len < w->columns * BYTES_A_COLUMN ? i->len : w->columns * BYTES_A_COLUMN);
	buf_adds(&w->frame, "\033[K");
	w->below++;
	return true;
}

static void
draw(struct watch *w, const struct queue_counts *n)
{
	struct columns l;

	w->drawn_mono_ns = clock_mono_ns();
	/* A shell that put us in the background uses the terminal, including what was drawn there. */
	if (!os_is_foreground(STDOUT_FILENO) || os_has_reader_of_keys(STDOUT_FILENO, true)) {
		w->drawn = false;
		return;
	}
	os_window(STDOUT_FILENO, &w->rows, &w->columns);
	l = (struct columns){ &w->frame, 0, w->columns - 1 };
	buf_addc(&w->frame, '\r');
	add_head(w, &l, n);
	buf_adds(&w->frame, "\033[K");
	w->below = 0;
	qctl_answer(w->c, queue_list(w->c->queue, QUEUE_RUNNING, add_running, w));
	if (n->of[QUEUE_RUNNING] > w->below && w->below + 1 < w->rows) {
		l = (struct columns){ &w->frame, 0, w->columns - 1 };
		buf_adds(&w->frame, "\r\n");
		columns_format(&l, "  and %" PRIu64 " more", n->of[QUEUE_RUNNING] - w->below++);
		buf_adds(&w->frame, "\033[K");
	}
	buf_adds(&w->frame, "\033[J\r");
	if (w->below > 0)
		buf_addf(&w->frame, "\033[%zuA", w->below);
	w->drawn = true;
	write_frame(w);
}

/* Limits how often the display is redrawn. A signal ends the pause. */
static void
pause_drawing(const struct watch *w)
{
	int64_t ns = w->drawn_mono_ns + REDRAW_MS * NS_PER_MS - clock_mono_ns();
	struct timespec t = { 0, ns };

	if (ns > 0)
		nanosleep(&t, NULL);
}

/* -- The verb ------------------------------------------------------------------------------------------------------ */

static bool
is_drained(const struct queue_counts *n)
{
	return n->closed && queue_unfinished(n) == 0;
}

static void
show(struct watch *w)
{
	struct queue_counts n = qctl_counts(w->c);
	int64_t next;

	while (qctl_signal == 0 && !is_drained(&n)) {
		take_sample(w, n.finished);
		if (w->terminal)
			draw(w, &n);
		else
			print_line(w, &n);
		next = w->drawn_mono_ns + w->c->args.interval_ns;
		/* A terminal shows changes at once; lines are printed at intervals. */
		do {
			queue_wait(w->c->queue, next);
			if (w->terminal)
				pause_drawing(w);
			n = qctl_counts(w->c);
		} while (!w->terminal && qctl_signal == 0 && !is_drained(&n) && clock_mono_ns() < next);
	}
	print_line(w, &n);
}

static int
run(struct qctl *c)
{
	const char *term = getenv("TERM");
	struct watch w = { .c = c };

	if (c->args.interval_ns == 0)
		qctl_usage(c->verb, "--interval must be greater than 0; see qctl watch --help");
	setlocale(LC_CTYPE, "");
	w.terminal = isatty(STDOUT_FILENO) == 1 && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
	qctl_listen(c, w.terminal ? QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE : QUEUE_NOTIFY_STATE);
	qctl_catch_signals();
	show(&w);
	buf_free(&w.frame);
	if (qctl_signal != 0) {
		queue_free(c->queue);
		signal(qctl_signal, SIG_DFL);
		raise(qctl_signal);
	}
	return QCTL_YES;
}

static const struct cli_option options[] = {
	CLI_SECONDS("i", "interval", struct qctl_args, interval_ns,
	    "print a line, or redraw the terminal, at least every SECONDS (default: 1)"),
	CLI_END,
};

const struct qctl_verb qctl_verb_watch = {
	.cli = {
	    .name = "watch",
	    .arguments = "queue",
	    .help = "show the queue's activity until it is closed and drained",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.only_reads = true,
	.run = run,
};
