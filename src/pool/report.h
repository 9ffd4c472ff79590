/*
 * report: everything that the user sees of a run: messages, records, the log, the display, and the exit status.
 *
 * The report owns the outlet, through which everything on standard output and standard error goes. It calls registered
 * handlers for events on which the scheduler must decide.
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

/* The destinations of a report. All pointers are borrowed. */
struct report_parts {
	struct record_log *log;    /* NULL: none */
	struct reports *reports;   /* written at the end from all records; NULL: none */
	struct progress *progress; /* NULL: no display */
	bool text_records;         /* write a line on standard error for each attempt */
	bool failure_records;      /* write such a line for failed attempts only */
	bool input_is_typed; /* from a terminal: no display before the input ends, because it would erase typed text */
};

struct report_events {
	/* Called when standard output or standard error cannot be written any more. */
	void (*write_failed)(void *arg, int fd, int error);
	/* Must fill in the numbers for the display, except done and failed. */
	void (*count)(void *arg, struct progress_counts *c);
	/*
	 * Must fill in at most `most` running jobs, in any order, and one label for each. Returns the number of jobs.
	 */
	size_t (*list)(void *arg, struct progress_job *jobs, struct buf *labels, size_t most);
};

struct report;

/* Makes a report. `parts` is copied; the options and the loop are borrowed. Returns NULL with errno on failure. */
struct report *report_new(struct loop *l, const struct options *o, const struct report_parts *parts,
    const struct report_events *events, void *arg);
void report_free(struct report *r);
/* Returns the outlet, which the report owns. */
struct outlet *report_outlet(struct report *r);

/* Prints "qpool: ...\n" on standard error, at once. */
void report_message(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints a message like report_message about an error of qpool itself. The exit status becomes 1. */
void report_error(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the header of the records on standard output. */
void report_begin(struct report *r);
/* Tries again to write the records that could not be written to the log, and writes the last line of the display. */
void report_end(struct report *r);

/* Reports that a job has started. */
void report_started(struct report *r, const struct job *j);
/*
 * Reports that an attempt has ended, and writes its records after its output. Returns 0, or -1 if writing to the log
 * failed; the record is then written later.
 */
int report_attempt(struct report *r, const struct job *j, struct output *output);
/* Counts a task that has finished with this attempt. */
void report_task(struct report *r, const struct job *j);
/* Reports that --halt has ended the run with that exit status; -1 means the highest status of all jobs. */
void report_halted(struct report *r, int status);
/* Returns the exit status of qpool if the run ended now. */
int report_exit_status(const struct report *r);

/* Reports that the numbers or jobs on the display have changed. The display is drawn again soon. */
void report_changed(struct report *r);
/* Erases the display until report_changed is called. */
void report_clear_display(struct report *r);
/* Reports that the terminal was resized. */
void report_resized(struct report *r);

#endif
