#include "qpool/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/message.h"
#include "job/command.h"
#include "job/outcome.h"
#include "log/page.h"
#include "log/trace-events.h"

struct resume *
files_read_log(const struct options *o)
{
	struct resume *r;
	uint64_t first, count;

	if (!o->resume && !o->resume_failed)
		return NULL;
	r = resume_read(o->log_path, o->resume_failed, o->word_count == 0);
	if (r == NULL && errno == EINVAL)
		message_errx(
		    EXIT_SELF, "%s:1: not a log of qpool or GNU parallel; name another file with -l", o->log_path);
	if (r == NULL)
		message_err(EXIT_SELF, "%s", o->log_path);
	count = resume_skipped(r, &first);
	if (count > 0)
		message_warnx("%s:%llu: skipped %llu line%s; the jobs of skipped lines run again", o->log_path,
		    (unsigned long long)first, (unsigned long long)count,
		    count == 1 ? " that is not a record" : "s that are not records");
	return r;
}

struct record_log *
files_open_log(const struct options *o)
{
	struct record_log *log;

	if (o->log_path == NULL)
		return NULL;
	log = record_log_open(o->log_path, o->log_format);
	if (log == NULL && errno == EINVAL)
		message_errx(EXIT_SELF, "%s:1: not a %s log; choose its format with --log-format, or another file",
		    o->log_path, o->log_format->name);
	if (log == NULL)
		message_err(EXIT_SELF, "%s", o->log_path);
	return log;
}

static void
add_report(struct reports *r, const char *path, report_writer *write)
{
	if (path != NULL && reports_add(r, path, write) == -1)
		message_err(EXIT_SELF, "%s", path);
}

/* Reports that were opened and not written. Where a file needs a name, it would be left behind by an early exit. */
static struct reports *begun;

void
files_discard_reports(void)
{
	reports_free(begun);
	begun = NULL;
}

struct reports *
files_open_reports(const struct options *o)
{
	struct reports *r;

	if (o->html_path == NULL && o->trace_path == NULL)
		return NULL;
	r = reports_new();
	if (r == NULL)
		message_err(EXIT_SELF, "TMPDIR: cannot create a temporary file for the records");
	begun = r;
	if (atexit(files_discard_reports) != 0)
		message_errx(EXIT_SELF, "atexit: %s", strerror(ENOMEM));
	add_report(r, o->html_path, page_write);
	add_report(r, o->trace_path, trace_events_write);
	return r;
}

static void
warn_report(const char *path, int error)
{
	message_warnc(error, "%s: cannot write", path);
}

int
files_write_reports(const struct options *o, struct reports *r, const struct log_table *t)
{
	struct command c = { .argv = o->argv, .argc = o->argc };
	struct buf title = { 0 };
	int result;

	command_text(&title, &c);
	buf_addc(&title, '\0');
	result =
	    t != NULL ? reports_write_table(r, t, title.data, warn_report) : reports_write(r, title.data, warn_report);
	buf_free(&title);
	return result;
}

int
files_end(const struct options *o, struct record_log *log, struct reports *reports, int status)
{
	if (log != NULL && record_log_close(log) == -1) {
		message_warn("%s", o->log_path);
		status = EXIT_SELF;
	}
	/* The status of failed jobs is more important than that of a report. */
	if (reports != NULL && files_write_reports(o, reports, NULL) == -1 && status == EXIT_OK)
		status = EXIT_SELF;
	files_discard_reports();
	return status;
}
