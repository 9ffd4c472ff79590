/* reports: writes files from the records of a run when the run has ended: an HTML page, a trace. */
#ifndef QPOOL_REPORTS_H
#define QPOOL_REPORTS_H

#include <stdio.h>

#include "job/job.h"
#include "log/table.h"

/* Writes the table to the stream. Returns 0, or -1 with errno. page_write and trace_events_write are such functions. */
typedef int report_writer(FILE *f, const struct log_table *t, const char *title);

struct reports;

/*
 * Creates an unnamed file in TMPDIR that stores the records until the end of the run. Returns NULL with errno on
 * failure.
 */
struct reports *reports_new(void);
/*
 * Adds a report that will be written to `path`, which is borrowed. Creates a temporary file now, so that an unwritable
 * path is found before any job runs; the file gets the name `path` when it is complete. Returns 0, or -1 with errno.
 */
int reports_add(struct reports *r, const char *path, report_writer *write);
/* Stores the record of a finished job. If this fails, reports_write returns the error. */
void reports_record(struct reports *r, const struct job *j);
/*
 * Writes all reports from the stored records. For each report that cannot be written, calls `failed` with its path and
 * the errno; an earlier file at that path stays unchanged. Returns 0, or -1 if any report failed.
 */
int reports_write(struct reports *r, const char *title, void (*failed)(const char *path, int error));
/* Writes all reports like reports_write, but from a table of the caller's. */
int reports_write_table(
    struct reports *r, const struct log_table *t, const char *title, void (*failed)(const char *path, int error));
/* Frees `r`, and cancels the reports that were not written. NULL is allowed. */
void reports_free(struct reports *r);

#endif
