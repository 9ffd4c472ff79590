/* reports: files that are made from the records of a run when it has ended: a page, a trace. */
#ifndef QPOOL_REPORTS_H
#define QPOOL_REPORTS_H

#include <stdio.h>

#include "job/job.h"
#include "log/table.h"

/* Writes the table to the stream: 0, or -1 with errno. page_write and trace_events_write are such functions. */
typedef int report_writer(FILE *f, const struct log_table *t, const char *title);

struct reports;

/* Creates a file without a name in TMPDIR, in which the records wait. NULL with errno. */
struct reports *reports_new(void);
/*
 * Adds a report to `path`, which is borrowed. The file is created now, so that a path that cannot be written is found
 * before any job runs, and it appears under its name when it is complete. -1 with errno.
 */
int reports_add(struct reports *r, const char *path, report_writer *write);
/* Keeps the record of a finished job. reports_write reports an error that happens here. */
void reports_record(struct reports *r, const struct job *j);
/*
 * Writes all reports. Calls `failed` with errno for each one that cannot be written; a file that was at its path before
 * is then unchanged. 0, or -1 if any failed.
 */
int reports_write(struct reports *r, const char *title, void (*failed)(const char *path, int error));
/* The same with a table of the caller's instead of the kept records. */
int reports_write_table(
    struct reports *r, const struct log_table *t, const char *title, void (*failed)(const char *path, int error));
/* Frees it, and cancels the reports that are not written. NULL is allowed. */
void reports_free(struct reports *r);

#endif
