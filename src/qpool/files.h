/* files: opens and writes the files of qpool other than its output: the log, and the reports of --html and --trace. */
#ifndef QPOOL_FILES_H
#define QPOOL_FILES_H

#include "log/record.h"
#include "log/reports.h"
#include "log/resume.h"
#include "log/table.h"
#include "pool/settings.h"

/*
 * These three functions return NULL if no option requests the file. On an error they print a line and exit with
 * EXIT_SELF.
 */

/* Reads the log for --resume and --resume-failed, and reports lines that are not records. */
struct resume *files_read_log(const struct options *o);
struct record_log *files_open_log(const struct options *o);
/* Creates the reports before any job runs, so that an unwritable path is found in time. */
struct reports *files_open_reports(const struct options *o);

/*
 * Writes the reports from the table, or, if `t` is NULL, from the records that were added to the reports. The command
 * line becomes the title. Returns 0, or -1 if a report could not be written, after printing a line about it.
 */
int files_write_reports(const struct options *o, struct reports *r, const struct log_table *t);
/*
 * Closes the log and writes the reports; either may be NULL. `status` is the exit status of the run so far. Returns
 * EXIT_SELF if the log failed, or if a report failed and `status` is EXIT_OK; otherwise returns `status`.
 */
int files_end(const struct options *o, struct record_log *log, struct reports *reports, int status);
/* Removes the temporary files of reports that were opened and not written. */
void files_discard_reports(void);

#endif
