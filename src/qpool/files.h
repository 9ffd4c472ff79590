/* files: the files that qpool writes beside its output: the log, and the reports of --html and --trace. */
#ifndef QPOOL_FILES_H
#define QPOOL_FILES_H

#include "log/record.h"
#include "log/reports.h"
#include "log/resume.h"
#include "log/table.h"
#include "pool/settings.h"

/* Each returns NULL if no option asks for the file; prints a line and exits with EXIT_SELF on an error. */

/* Reads the log for --resume and --resume-failed; lines that are not records are reported. */
struct resume *files_read_log(const struct options *o);
struct record_log *files_open_log(const struct options *o);
/* Creates the reports before any job runs, so that a place that cannot be written is found in time. */
struct reports *files_open_reports(const struct options *o);

/*
 * Writes the reports from the table; NULL: from the records that were added to them. The command line is their title.
 * -1: one could not be written, which was reported.
 */
int files_write_reports(const struct options *o, struct reports *r, const struct log_table *t);
/*
 * Closes the log and writes the reports, either of which may be NULL. Returns the exit status, given that of the
 * jobs.
 */
int files_end(const struct options *o, struct record_log *log, struct reports *reports, int status);
/* Removes the reports that were opened and not written. */
void files_discard_reports(void);

#endif
