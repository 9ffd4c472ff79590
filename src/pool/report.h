/*
 * report: what the user learns of a run: messages, records, the log, the display, and the exit status.
 *
 * It owns the outlet, through which everything on standard output and standard error goes. What needs a decision of the
 * scheduler is passed on to registered handlers.
 */
#ifndef QPOOL_REPORT_H
#define QPOOL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/job.h"
#include "output/progress.h"
#include "pool/settings.h"

struct buf;
struct loop;
struct outlet;
struct output;
struct record_log;
struct reports;

/* Where it reports to. All borrowed. */
struct report_parts {
	struct record_log *log;    /* NULL: none */
	struct reports *reports;   /* written at the end from all records; NULL: none */
	struct progress *progress; /* NULL: no display */
	bool text_records;         /* a line on standard error for each attempt */
	bool failure_records;      /* the same, for failed attempts only */
	bool input_is_typed;       /* on a terminal: no display until it ends, because it would erase what is typed */
};

struct report_events {
	/* Standard output or standard error cannot be written any more. */
	void (*write_failed)(void *arg, int fd, int error);
	/* Fills in the numbers for the display, except done and failed. */
	void (*count)(void *arg, struct progress_counts *c);
	/* Fills in at most `most` running jobs and their labels, one buf each, in any order; returns how many. */
	size_t (*list)(void *arg, struct progress_job *jobs, struct buf *labels, size_t most);
};

struct report;

/* NULL with errno. `parts` is copied, the options and the loop are borrowed. */
struct report *report_new(struct loop *l, const struct options *o, const struct report_parts *parts,
    const struct report_events *events, void *arg);
void report_free(struct report *r);
/* Owned by the report. */
struct outlet *report_outlet(struct report *r);

/* Prints "qpool: ...\n" on standard error, at once. */
void report_message(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for an error of qpool itself, which makes the exit status 1. */
void report_error(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the header of records on standard output. */
void report_begin(struct report *r);
/* Writes the records that the log did not take before, and the last line of the display. */
void report_end(struct report *r);

/* A job has started. */
void report_started(struct report *r, const struct job *j);
/* An attempt has ended: writes its records, behind its output. -1: the log failed; the record is written later. */
int report_attempt(struct report *r, const struct job *j, struct output *output);
/* A task has finished with this attempt: counts it. */
void report_task(struct report *r, const struct job *j);
/* --halt has ended the run with that exit status; -1: with the highest of all jobs. */
void report_halted(struct report *r, int status);
/* qpool's exit status, as of now. */
int report_exit_status(const struct report *r);

/* What the display shows has changed; it is drawn again soon. */
void report_changed(struct report *r);
/* Takes the display off the terminal, until report_changed. */
void report_clear_display(struct report *r);
/* The terminal was resized. */
void report_resized(struct report *r);

#endif
