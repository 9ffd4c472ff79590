/*
 * progress: draws the progress display on a terminal. This module writes to one fd and knows nothing about processes.
 *
 * The first line shows finished and known tasks, failures, the rate, and the estimated time left once the number of
 * tasks is known. Below it each running job has a line with its elapsed time, its percentage if the worker reports one
 * (progress-percent.h), and its command. The display has fewer lines than the window has rows.
 *
 * Nothing is drawn while this process is in the background, or while another program reads keys or a password from the
 * terminal.
 */
#ifndef QPOOL_PROGRESS_H
#define QPOOL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress;

/* A running job as the display shows it. */
struct progress_job {
	unsigned slot;
	uint64_t seq;
	int64_t start_mono_ns;
	double percent;    /* below 0: not reported */
	const char *label; /* the command as text, any bytes; borrowed for the call */
};

/* The numbers that one drawing shows. */
struct progress_counts {
	uint64_t done, failed, skipped; /* tasks; `done` includes failed ones */
	uint64_t known;                 /* tasks read so far */
	bool input_ended;               /* `known` is the total */
	unsigned running;               /* jobs */
};

/*
 * Makes a display on `fd`, which the caller owns. A `plain` display has one line, no colour, and no cursor movement
 * except CR; it is for TERM=dumb or an unset TERM. `colour` is false if NO_COLOR is set (https://no-color.org). The
 * caller releases the display with progress_free.
 */
struct progress *progress_new(int fd, bool plain, bool colour, int64_t now_mono_ns);
void progress_free(struct progress *p);

/* Returns the nanoseconds until the next drawing is due, 100 ms after the last one; 0 if it is due now. */
int64_t progress_wait_ns(const struct progress *p, int64_t now_mono_ns);
/*
 * Replaces the last drawing, by one write(2). After a write error, nothing is ever drawn again. The caller sorts
 * `jobs`.
 */
void progress_draw(struct progress *p, const struct progress_counts *c, const struct progress_job *jobs, size_t count,
    int64_t now_mono_ns);
/* Erases the drawing, so that other output can be written to the terminal. Does nothing if nothing is drawn. */
void progress_clear(struct progress *p);
/* Reports whether other output on the terminal ends in the middle of a line. While it does, nothing is drawn. */
void progress_line_open(struct progress *p, bool open);
/* Reports that the size of the window may have changed (SIGWINCH). */
void progress_resized(struct progress *p);
/*
 * Erases the drawing and writes one line of summary: tasks, failures, elapsed time, rate. The line is also written in
 * the background, but not while another program reads keys.
 */
void progress_finish(struct progress *p, const struct progress_counts *c, int64_t now_mono_ns);

#endif
