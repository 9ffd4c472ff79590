/* reports: the files that are made of a run's records when it is over: a page, a trace. */
#ifndef QPOOL_REPORTS_H
#define QPOOL_REPORTS_H

#include <stdio.h>

#include "job/job.h"
#include "log/table.h"

/* Writes the table to the stream: 0, or -1 with errno (page_write, trace_events_write). */
typedef int report_writer(FILE *f, const struct log_table *t, const char *title);

struct reports;

/* Made with a file without a name, in TMPDIR, that the records wait in. NULL with errno. */
struct reports *reports_new(void);
/*
 * A report that is to stand at `path`, which is borrowed: begun now, so that what cannot be written there is found
 * before anything is done, and seen there when it is whole. -1 with errno.
 */
int reports_add(struct reports *r, const char *path, report_writer *write);
/* Keeps the record of a job that is over. What goes wrong here is told by reports_write. */
void reports_record(struct reports *r, const struct job *j);
/*
 * Makes them all. `failed` is told of each that could not be, with errno; what stood there before is still there. 0,
 * or -1 if there was one.
 */
int reports_write(struct reports *r, const char *title, void (*failed)(const char *path, int error));
/* The same of a table that is the caller's, and not of the records that were kept. */
int reports_write_table(
    struct reports *r, const struct log_table *t, const char *title, void (*failed)(const char *path, int error));
/* Frees it; what is begun and not written is given up. NULL is fine. */
void reports_free(struct reports *r);

#endif
