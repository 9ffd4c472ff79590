/*
 * A drawing is an empty line with full lines below it, and the cursor returns to the empty one. If another program
 * writes to the terminal meanwhile, as in `qpool ... | grep x`, its output appears there, complete, and the next
 * drawing begins below it.
 *
 * While another program uses the terminal, nothing is drawn, and what was drawn is left to that program: a shell that
 * put us in the background, or a pager that shows our output. Each drawing asks again.
 *
 * Invariants: a drawing is one write(2). The cursor rests in the first column of the drawing's first row, so that
 * erasing it requires no knowledge of how the window has changed. No line reaches the last column, where terminals
 * differ in what they do with the cursor. A plain drawing is different: one line, with the cursor behind it. Text of
 * commands is shown escaped.
 */
#include "output/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/columns.h"
#include "base/mem.h"
#include "sys/os.h"

enum {
	REDRAW_MS = 100,
	SAMPLES = 21,        /* one for each second: the rate is that of the last 20 s */
	ENOUGH = 5,          /* tasks finished in that time; with fewer, the rate is that of the whole run */
	BYTES_A_COLUMN = 16, /* the most that is examined of a label */
};

struct sample {
	int64_t mono_ns;
	uint64_t done;
};

struct progress {
	int fd; /* the caller's */
	bool plain, colour;
	bool off;       /* after a write error */
	bool line_open; /* other output left the cursor in the middle of a line */
	bool resized;
	size_t rows, columns;
	bool drawn;   /* something is on the screen */
	size_t width; /* columns of the plain line on the screen */
	int64_t start_mono_ns, drawn_mono_ns;
	struct sample samples[SAMPLES]; /* a ring */
	size_t sample_count, newest;
	struct buf frame; /* the bytes of one write; kept to reuse its memory */
};

struct progress *
progress_new(int fd, bool plain, bool colour, int64_t now_mono_ns)
{
	struct progress *p = mem_alloc(sizeof(*p));

	p->fd = fd;
	p->plain = plain;
	p->colour = colour && !plain;
	p->resized = true;
	p->start_mono_ns = now_mono_ns;
	p->drawn_mono_ns = now_mono_ns - REDRAW_MS * NS_PER_MS;
	p->samples[0].mono_ns = now_mono_ns;
	p->sample_count = 1;
	return p;
}

void
progress_free(struct progress *p)
{
	buf_free(&p->frame);
	free(p);
}

/* Writes the frame, by one write(2) unless the terminal accepts only a part of it. */
static void
put_frame(struct progress *p)
{
	size_t at = 0;
	ssize_t n;

	while (at < p->frame.len && !p->off) {
		n = write(p->fd, p->frame.data + at, p->frame.len - at);
		if (n > 0)
			at += (size_t)n;
		else if (n == 0 || errno != EINTR)
			p->off = true;
	}
	p->frame.len = 0;
}

static void
ask_size(struct progress *p)
{
	if (p->resized)
		os_window(p->fd, &p->rows, &p->columns);
	p->resized = false;
}

/* Returns the number of full lines that a drawing may have. */
static size_t
max_lines(const struct progress *p)
{
	return p->plain || p->rows < 3 ? 1 : p->rows - 1;
}

static void
erase(struct progress *p)
{
	if (!p->drawn)
		return;
	if (p->plain)
		buf_addf(&p->frame, "\r%*s\r", (int)p->width, "");
	else
		buf_adds(&p->frame, "\r\033[J");
	p->drawn = false;
	p->width = 0;
}

/* Does another program read keys or passwords? Without cursor movement, no echo is normal: Emacs is such. */
static bool
is_taken(const struct progress *p)
{
	return os_has_reader_of_keys(p->fd, !p->plain);
}

static void
add_rate(struct columns *l, double per_s)
{
	if (per_s >= 0.1)
		columns_format(l, "%.*f/s", per_s >= 100 ? 0 : 1, per_s);
	else if (per_s >= 0.1 / 60)
		columns_format(l, "%.1f/min", per_s * 60);
	else
		columns_format(l, "%.1f/h", per_s * 3600);
}

static void
add_failed(struct progress *p, struct columns *l, uint64_t failed)
{
	if (p->colour)
		buf_adds(l->b, "\033[31m");
	columns_format(l, "%llu failed", (unsigned long long)failed);
	if (p->colour)
		buf_adds(l->b, "\033[m");
}

/*
 * "12/120 done, 1 failed, 5 skipped"; "12/120+" while more input may follow, "120 done" at the end if that was all.
 */
static void
add_counts(struct progress *p, struct columns *l, const struct progress_counts *c, bool end)
{
	columns_format(l, "%llu", (unsigned long long)c->done);
	if (!end || c->done != c->known || !c->input_ended)
		columns_format(l, "/%llu%s", (unsigned long long)c->known, c->input_ended ? "" : "+");
	columns_format(l, " done");
	if (c->failed > 0) {
		columns_format(l, ", ");
		add_failed(p, l, c->failed);
	}
	if (c->skipped > 0)
		columns_format(l, ", %llu skipped", (unsigned long long)c->skipped);
}

static void
take_sample(struct progress *p, uint64_t done, int64_t now_mono_ns)
{
	if (now_mono_ns - p->samples[p->newest].mono_ns < NS_PER_S)
		return;
	p->newest = (p->newest + 1) % SAMPLES;
	p->samples[p->newest] = (struct sample){ now_mono_ns, done };
	if (p->sample_count < SAMPLES)
		p->sample_count++;
}

/* Returns the tasks finished per second, recently; 0: not known yet. */
static double
rate(const struct progress *p, uint64_t done, int64_t now_mono_ns)
{
	struct sample since = p->samples[(p->newest + SAMPLES + 1 - p->sample_count) % SAMPLES];

	if (done < since.done + ENOUGH)
		since = (struct sample){ p->start_mono_ns, 0 };
	if (now_mono_ns - since.mono_ns < NS_PER_S)
		return 0;
	return (double)(done - since.done) * (double)NS_PER_S / (double)(now_mono_ns - since.mono_ns);
}

static void
add_head(struct progress *p, struct columns *l, const struct progress_counts *c, int64_t now_mono_ns)
{
	double per_s = rate(p, c->done, now_mono_ns);

	add_counts(p, l, c, false);
	columns_format(l, ", %u running", c->running);
	if (per_s <= 0)
		return;
	columns_format(l, "  ");
	add_rate(l, per_s);
	if (c->input_ended && c->known > c->done) {
		columns_format(l, "  eta ");
		columns_time(l, clock_ns((double)(c->known - c->done) / per_s));
	}
}

/* "  [13] 0:03  42.5% cp src/a dst". If any job has a percentage, all labels begin in the same column. */
static void
add_job(struct progress *p, struct columns *l, const struct progress_job *j, bool percents, int64_t now_mono_ns)
{
	size_t len = strnlen(j->label, p->columns * BYTES_A_COLUMN);

	columns_format(l, "  [%llu] ", (unsigned long long)j->seq);
	columns_time(l, now_mono_ns - j->start_mono_ns);
	if (j->percent >= 0)
		columns_format(l, " %5.1f%%", j->percent);
	else if (percents)
		columns_format(l, "%7s", "");
	columns_format(l, " ");
	columns_visible(l, j->label, len);
}

static struct columns
begin_line(struct progress *p)
{
	return (struct columns){ &p->frame, 0, p->columns - 1 };
}

/* Erases what is left behind the line of the previous drawing. */
static void
end_line(struct progress *p, const struct columns *l)
{
	if (!p->plain)
		buf_adds(&p->frame, "\033[K");
	else if (p->width > l->width)
		buf_addf(&p->frame, "%*s", (int)(p->width - l->width), "");
	p->width = l->width;
}

/* Draws the lines of the jobs and returns their number. */
static size_t
draw_jobs(struct progress *p, const struct progress_job *jobs, size_t count, size_t running, int64_t now_mono_ns)
{
	size_t most = max_lines(p) - 1, shown = running <= most ? count : most > 1 ? most - 1 : most, at = 0;
	bool percents = false;
	struct columns l;

	shown = shown < count ? shown : count;
	for (size_t i = 0; i < shown; i++)
		percents = percents || jobs[i].percent >= 0;
	for (; at < shown; at++) {
		buf_adds(&p->frame, "\r\n");
		l = begin_line(p);
		add_job(p, &l, &jobs[at], percents, now_mono_ns);
		end_line(p, &l);
	}
	if (running > shown && at < most) {
		buf_adds(&p->frame, "\r\n");
		l = begin_line(p);
		columns_format(&l, "  and %zu more", running - shown);
		end_line(p, &l);
		at++;
	}
	return at;
}

int64_t
progress_wait_ns(const struct progress *p, int64_t now_mono_ns)
{
	int64_t wait = p->drawn_mono_ns + REDRAW_MS * NS_PER_MS - now_mono_ns;

	return wait > 0 ? wait : 0;
}

void
progress_draw(struct progress *p, const struct progress_counts *c, const struct progress_job *jobs, size_t count,
    int64_t now_mono_ns)
{
	struct columns l;
	size_t below;
	bool gap;

	take_sample(p, c->done, now_mono_ns);
	p->drawn_mono_ns = now_mono_ns;
	if (p->off || p->line_open)
		return;
	if (is_taken(p) || !os_is_foreground(p->fd)) {
		p->drawn = false;
		return;
	}
	ask_size(p);
	buf_addc(&p->frame, '\r');
	/* A window of one row has no space for the empty line. */
	gap = !p->plain && p->rows > 1;
	if (gap)
		buf_adds(&p->frame, "\033[K\r\n");
	l = begin_line(p);
	add_head(p, &l, c, now_mono_ns);
	end_line(p, &l);
	below = gap + draw_jobs(p, jobs, count, c->running > count ? c->running : count, now_mono_ns);
	if (!p->plain)
		buf_adds(&p->frame, "\033[J\r");
	if (below > 0)
		buf_addf(&p->frame, "\033[%zuA", below);
	p->drawn = true;
	put_frame(p);
}

void
progress_clear(struct progress *p)
{
	if (p->off || !p->drawn)
		return;
	if (!is_taken(p) && os_is_foreground(p->fd)) {
		erase(p);
		put_frame(p);
	}
	p->drawn = false;
}

void
progress_line_open(struct progress *p, bool open)
{
	p->line_open = open;
}

void
progress_resized(struct progress *p)
{
	p->resized = true;
}

void
progress_finish(struct progress *p, const struct progress_counts *c, int64_t now_mono_ns)
{
	int64_t wall_ns = now_mono_ns - p->start_mono_ns;
	struct columns l;

	if (p->off || is_taken(p))
		return;
	ask_size(p);
	if (os_is_foreground(p->fd))
		erase(p);
	if (p->line_open)
		buf_adds(&p->frame, p->plain ? "\n" : "\r\n");
	l = begin_line(p);
	add_counts(p, &l, c, true);
	columns_format(&l, " in ");
	columns_time(&l, wall_ns);
	if (c->done > 0 && wall_ns > 0) {
		columns_format(&l, ", ");
		add_rate(&l, (double)c->done * (double)NS_PER_S / (double)wall_ns);
	}
	buf_adds(&p->frame, p->plain ? "\n" : "\r\n");
	p->line_open = false;
	put_frame(p);
}
