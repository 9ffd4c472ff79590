/* Invariant: an error is one line that names the file, and ends the program with its documented status. */
#include "qlog/qlog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/columns.h"
#include "base/escape.h"
#include "cli/message.h"
#include "log/sums.h"
#include "sys/os.h"

void
qlog_usage(const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_addv(&text, format, ap);
	va_end(ap);
	buf_addc(&text, '\0');
	message_errx(QLOG_WRONG, "%s", text.data);
}

void
qlog_fail(const char *file)
{
	message_err(QLOG_ERROR, "%s", file);
}

static void __attribute__((noreturn)) fail_reading(const char *file)
{
	int error = errno;
	switch (error) {
	case EINVAL:
		message_errx(
		    QLOG_WRONG, "%s:1: not a log of qpool, GNU parallel or ninja, nor a trace that qlog wrote", file);
	case ENOTSUP:
		message_errx(
		    QLOG_WRONG, "%s:1: unsupported version of this log format (supported for ninja: 5 to 7)", file);
	case ENODATA: message_errx(QLOG_WRONG, "%s: empty, so it is not a log", file);
	default: break;
	}
	errno = error;
	qlog_fail(file);
}

static void
warn_torn(const char *file, uint64_t lines, uint64_t first)
{
	if (lines == 1)
		message_warnx("%s:%" PRIu64 ": not a record; line skipped", file, first);
	else
		message_warnx("%s: skipped %" PRIu64 " lines that are not records; the first is line %" PRIu64, file,
		    lines, first);
}

static void
warn_odd(const char *file, uint64_t lines, uint64_t first)
{
	if (lines == 1)
		message_warnx("%s:%" PRIu64 ": invalid time or number, treated as unknown", file, first);
	else
		message_warnx("%s: %" PRIu64
			      " lines have an invalid time or number, treated as unknown; the first is line %" PRIu64,
		    file, lines, first);
}

static void
warn_jumps(const char *file, const struct log_jumps *jumps)
{
	struct buf size = { 0 };

	log_sums_duration(&size, llabs(jumps->largest_us));
	buf_addc(&size, '\0');
	if (jumps->count == 1)
		message_warnx("%s: the clock was set %s by at least %s during the run; start times are corrected", file,
		    jumps->largest_us > 0 ? "forward" : "back", size.data);
	else
		message_warnx("%s: the clock was set %" PRIu64
			      " times during the run, by up to %s or more; start times are "
			      "corrected",
		    file, jumps->count, size.data);
	buf_free(&size);
}

static void
read_file(struct log_table *t, const char *file)
{
	static char buffer[65536];
	bool is_stdin = strcmp(file, "-") == 0;
	const char *shown = is_stdin ? "stdin" : file;
	FILE *f = is_stdin ? stdin : fopen(file, "re");
	uint64_t torn = t->torn, odd = t->odd;

	if (f == NULL)
		qlog_fail(shown);
	setvbuf(f, buffer, _IOFBF, sizeof(buffer));
	if (log_table_add(t, f) == -1)
		fail_reading(shown);
	if (t->torn > torn)
		warn_torn(shown, t->torn - torn, t->first_torn);
	if (t->odd > odd)
		warn_odd(shown, t->odd - odd, t->first_odd);
	if (t->jumps.count > 0)
		warn_jumps(shown, &t->jumps);
	if (!is_stdin)
		fclose(f);
}

void
qlog_read(struct log_table *t, char *const *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		read_file(t, files[i]);
	log_table_ready(t);
}

const char *
qlog_name(const struct log_table *t, const struct log_job *job)
{
	const char *target = log_table_target(t, job);

	return *target != '\0' ? target : log_table_command(t, job);
}

void
qlog_end(struct buf *b, const struct log_job *job)
{
	switch (job->outcome) {
	case OUTCOME_FAIL: buf_addf(b, "exit %d", job->status); break;
	case OUTCOME_SIGNAL: buf_addf(b, "signal %d", job->signal); break;
	case OUTCOME_NOTRUN: buf_adds(b, "cannot run"); break;
	default: buf_adds(b, outcome_name(job->outcome));
	}
}

size_t
qlog_window(void)
{
	static bool asked;
	static size_t columns;
	size_t rows;

	/* Asked only once, because every line needs it. */
	if (!asked && isatty(STDOUT_FILENO) == 1)
		os_window(STDOUT_FILENO, &rows, &columns);
	asked = true;
	return columns;
}

void
qlog_line(const struct buf *text)
{
	struct buf b = { 0 };
	size_t window = qlog_window();
	struct columns c = { .b = &b, .most = window };

	if (window > 0)
		columns_visible(&c, text->data, text->len);
	else
		escape_visible(&b, text->data, text->len);
	buf_addc(&b, '\n');
	fwrite(b.data, 1, b.len, stdout);
	buf_free(&b);
}

void
qlog_flush(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		qlog_fail("stdout");
}
