/*
 * Invariant: nothing is opened for writing before the logs are read and standard output is known not to be a terminal.
 */
#include "qlog/qlog.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/atomic-file.h"

static void
write_file(const char *path, qlog_writer *write, const struct log_table *t, const char *title)
{
	struct atomic_file w;
	int error;

	if (atomic_file_open(&w, path) == -1)
		qlog_fail(path);
	if (write(w.stream, t, title) == -1) {
		error = errno;
		atomic_file_cancel(&w);
		errno = error;
		qlog_fail(path);
	}
	if (atomic_file_commit(&w) == -1)
		qlog_fail(path);
}

/* A log is not replaced by something made from it, which may have less in it. */
static void
refuse_log(const struct qlog *q)
{
	struct stat output, log;

	if (stat(q->args.output, &output) == -1 || !S_ISREG(output.st_mode))
		return;
	for (size_t i = 0; i < q->file_count; i++)
		if (strcmp(q->files[i], "-") == 0 ? fstat(STDIN_FILENO, &log) == 0 : stat(q->files[i], &log) == 0)
			if (log.st_dev == output.st_dev && log.st_ino == output.st_ino)
				qlog_usage("-o: the output file is the log itself; name another file");
}

void
qlog_output(const struct qlog *q, qlog_writer *write)
{
	bool is_stdout = q->args.output == NULL || strcmp(q->args.output, "-") == 0;
	const char *title = q->args.title != NULL ? q->args.title : q->files[0];
	struct log_table t = { 0 };

	if (is_stdout && isatty(STDOUT_FILENO) == 1)
		qlog_usage("%s: standard output is a terminal; use -o FILE or a pipe", q->verb->cli.name);
	if (!is_stdout)
		refuse_log(q);
	qlog_read(&t, q->files, q->file_count);
	if (!is_stdout)
		write_file(q->args.output, write, &t, title);
	else if (write(stdout, &t, title) == -1)
		qlog_fail("stdout");
	log_table_free(&t);
}
