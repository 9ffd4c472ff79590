/*
 * record: writes a finished job as a line in one of four formats, and appends the lines to a log.
 *
 * To add a format, write one file with one const struct record_format, and add a line to the table in record.c.
 */
#ifndef QPOOL_RECORD_H
#define QPOOL_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "job/job.h"

/* The length of the longest header line, in bytes. */
#define RECORD_HEADER_MAX 512

struct record_format {
	const char *name;   /* the name for --log-format */
	const char *suffix; /* the suffix of files in this format; NULL: none */
	/* Appends the header line with its newline; NULL: the format has no header. */
	void (*header)(struct buf *b);
	char first; /* without a header, the first byte of every line; NUL: any */
	/* Appends the line of the job with its newline, or nothing if the format leaves the job out. */
	void (*line)(struct buf *b, const struct job *j);
};

extern const struct record_format record_text; /* "[3] ok 0.213s cp a b", for display only */
extern const struct record_format record_tsv;
extern const struct record_format record_jsonl;
extern const struct record_format record_joblog; /* GNU parallel's nine columns */

/*
 * Appends the jsonl line of a command that make ran, with the columns that qpool-sh knows: seq, slot, waiting times and
 * output sizes are left out. `parent` is the pid in the record whose command started that make; 0: unknown. `target` is
 * the target that make was building; NULL: unknown.
 */
void record_make_line(struct buf *b, const struct job *j, pid_t parent, const char *target);

/* Returns the format with this name (tsv, jsonl, joblog), or NULL if the name is unknown. */
const struct record_format *record_format_named(const char *name);
/* Returns the format that belongs to the suffix of `path`; tsv for an unknown suffix. */
const struct record_format *record_format_for(const char *path);

struct record_log;

/*
 * Opens the file `path` for appending, and creates it if necessary. An empty file gets the header, and a torn last line
 * is ended with APPEND_TORN and a newline; meanwhile the file is locked with flock(2). A FIFO or a device is not read
 * and always gets the header. Returns NULL with errno on failure; EINVAL: the first line is of another format.
 */
struct record_log *record_log_open(const char *path, const struct record_format *format);
/*
 * Appends the line of the job with one write(2). If a write is cut short (disk full), ftruncate(2) removes the part
 * that was written, so the log of a running qpool never ends in an incomplete line. Returns 0, or -1 with errno; after
 * -1, the line is kept for record_log_retry.
 */
int record_log_append(struct record_log *log, const struct job *j);
/* Tries to write the kept lines. Returns 0 if all are written, or -1 with errno. */
int record_log_retry(struct record_log *log);
/* Returns the number of kept lines. A header that could not be written to a device counts as a line. */
size_t record_log_pending(const struct record_log *log);
/* Closes and frees the log. Returns 0, or -1 with errno if close(2) reported a lost write. */
int record_log_close(struct record_log *log);

#endif
