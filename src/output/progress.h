/*
 * progress: the display on a terminal. Draws to one fd, knows nothing of processes.
 *
 * First line: jobs done / known, failures, rate, ETA once the end of input was seen. Then one line for each running job with its elapsed
 * time (and percent, if the worker reported one) and its command, no more lines than the window has less one.
 */
#ifndef QPOOL_PROGRESS_H
#define QPOOL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress;

/* A running job as the display sees it. */
struct progress_job {
	unsigned slot;
	uint64_t seq;
	int64_t start_mono_ns;
	double percent;    /* < 0: not reported */
	const char *label; /* the command as text, any bytes; borrowed for the call */
};

/* The numbers of the moment. The pool fills it in for each draw. */
struct progress_counts {
	uint64_t done, failed, skipped; /* tasks */
	uint64_t known;                 /* tasks read so far */
	bool input_ended;               /* then known is the total */
	unsigned running;
};

/*
 * A display on `fd`, which stays the caller's. `plain`: no colour and no cursor movement but CR (TERM=dumb or unset): then one
 * line only. `colour` false for NO_COLOR (https://no-color.org). Owner frees with progress_free.
 */
struct progress *progress_new(int fd, bool plain, bool colour, int64_t now_mono_ns);
void progress_free(struct progress *p);

/* May a draw happen now (100 ms since the last one)? Returns the nanoseconds to wait, 0 = now. */
int64_t progress_wait_ns(const struct progress *p, int64_t now_mono_ns);
/* Draws over the last drawing. One write(2). A write error turns the display off for good. jobs are sorted by the caller. */
void progress_draw(struct progress *p, const struct progress_counts *c, const struct progress_job *jobs, size_t count,
    int64_t now_mono_ns);
/* Takes the drawing off the screen, before other output goes there. Cheap when nothing is drawn. */
void progress_clear(struct progress *p);
/* Says whether what other output left on the terminal ends in a newline: while it does not, nothing is drawn. */
void progress_line_open(struct progress *p, bool open);
/* The window was resized (SIGWINCH): ask its size again. */
void progress_resized(struct progress *p);
/* Clears and leaves one summary line: jobs, failures, wall time, rate. */
void progress_finish(struct progress *p, const struct progress_counts *c, int64_t now_mono_ns);

#endif
