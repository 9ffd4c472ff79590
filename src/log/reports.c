/*
 * The records wait in a jsonl log, the format from which qlog would make the reports later, so a run and its log give
 * the same reports. The log of -l is not used: it may have records of other runs, be a FIFO, or be in a format with
 * fewer columns.
 *
 * Invariants: the file has complete records only, until a write fails; then nothing more is written to it and no report
 * is made. A report stays open from reports_add until it is written or cancelled.
 */
#include "log/reports.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "log/record.h"
#include "output/spill.h"
#include "sys/atomic-file.h"

enum { MOST = 2 };

struct report {
	const char *path;
	report_writer *write;
	struct atomic_file file;
};

struct reports {
	FILE *rows;
	struct buf line;
	int error; /* errno of the first record that could not be kept, else 0 */
	struct report begun[MOST];
	size_t count;
};

struct reports *
reports_new(void)
{
	struct reports *r;
	int fd = spill_file(), error;
	FILE *rows;

	if (fd == -1)
		return NULL;
	rows = fdopen(fd, "w+");
	if (rows == NULL) {
		error = errno;
		close(fd);
		errno = error;
		return NULL;
	}
	r = mem_alloc(sizeof *r);
	r->rows = rows;
	return r;
}

int
reports_add(struct reports *r, const char *path, report_writer *write)
{
	struct report *report = &r->begun[r->count];

	if (r->count == MOST) {
		errno = EMFILE;
		return -1;
	}
	*report = (struct report){ .path = path, .write = write };
	if (atomic_file_open(&report->file, path) == -1)
		return -1;
	r->count++;
	return 0;
}

void
reports_record(struct reports *r, const struct job *j)
{
	if (r->error != 0)
		return;
	r->line.len = 0;
	record_jsonl.line(&r->line, j);
	if (fwrite(r->line.data, 1, r->line.len, r->rows) != r->line.len)
		r->error = errno;
}

/* Reads the records into a table; without records it is empty. -1 with errno. */
static int
read_rows(struct reports *r, struct log_table *t)
{
	if (r->error == 0 && fflush(r->rows) == EOF)
		r->error = errno;
	if (r->error != 0) {
		errno = r->error;
		return -1;
	}
	rewind(r->rows);
	if (log_table_add(t, r->rows) == -1 && errno != ENODATA)
		return -1;
	log_table_ready(t);
	return 0;
}

/* -1 with errno. The report is closed in any case. */
static int
write_one(struct report *report, const struct log_table *t, const char *title)
{
	if (report->write(report->file.stream, t, title) == 0)
		return atomic_file_commit(&report->file);
	atomic_file_cancel(&report->file);
	return -1;
}

/* `why` is 0, or the errno because of which no report can be written. */
static int
write_all(struct reports *r, const struct log_table *t, int why, const char *title,
    void (*failed)(const char *path, int error))
{
	int result = 0;

	for (size_t i = 0; i < r->count; i++) {
		int error = why;

		if (why != 0)
			atomic_file_cancel(&r->begun[i].file);
		else if (write_one(&r->begun[i], t, title) == -1)
			error = errno;
		if (error != 0) {
			failed(r->begun[i].path, error);
			result = -1;
		}
	}
	r->count = 0;
	return result;
}

int
reports_write_table(
    struct reports *r, const struct log_table *t, const char *title, void (*failed)(const char *path, int error))
{
	return write_all(r, t, 0, title, failed);
}

int
reports_write(struct reports *r, const char *title, void (*failed)(const char *path, int error))
{
	struct log_table t = { 0 };
	int why = read_rows(r, &t) == -1 ? errno : 0, result = write_all(r, &t, why, title, failed);

	log_table_free(&t);
	return result;
}

void
reports_free(struct reports *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		atomic_file_cancel(&r->begun[i].file);
	fclose(r->rows);
	buf_free(&r->line);
	free(r);
}
