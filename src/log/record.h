/*
 * record: a finished job as a line in one of four formats, and the log that the lines are appended to.
 *
 * A new format is one file with one const struct record_format, and a line in the table in record.c.
 */
#ifndef QPOOL_RECORD_H
#define QPOOL_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "job/job.h"

/* No header line is longer. */
#define RECORD_HEADER_MAX 512

struct record_format {
	const char *name;   /* for --log-format */
	const char *suffix; /* of files in this format; NULL: none */
	/* Appends the header line with its newline; NULL: the format has no header. */
	void (*header)(struct buf *b);
	/* Appends the line of the job with its newline, or nothing if the format leaves the job out. */
	void (*line)(struct buf *b, const struct job *j);
};

extern const struct record_format record_text; /* "[3] ok 0.213s cp a b": for people, never logged */
extern const struct record_format record_tsv;
extern const struct record_format record_jsonl;
extern const struct record_format record_joblog; /* GNU parallel's nine columns */

/*
 * Appends the jsonl line of a command that make ran, as far as qpool-sh knows it: seq, slot, waiting times and output
 * are left out. `parent` is the pid of the record whose command started that make; 0: unknown. `target` is make's;
 * NULL: unknown.
 */
void record_make_line(struct buf *b, const struct job *j, pid_t parent, const char *target);

/* The format with this name (tsv, jsonl, joblog). NULL: not found. */
const struct record_format *record_format_named(const char *name);
/* The format for a file's suffix; tsv for any other suffix. */
const struct record_format *record_format_for(const char *path);

struct record_log;

/*
 * Opens PATH to append to; creates it if necessary. Holds flock(2) while it writes the header to an empty file, or ends
 * a torn last line with APPEND_TORN and a newline. A FIFO or a device is not read and always gets the header. NULL with
 * errno; EINVAL: the first line is not this format's.
 */
struct record_log *record_log_open(const char *path, const struct record_format *format);
/*
 * Appends the line of the job with one write(2). If a write is cut short (disk full), ftruncate(2) removes the part
 * that was written, so the log of a running qpool never ends in half a line. -1 with errno: the line is kept, and
 * record_log_retry tries again.
 */
int record_log_append(struct record_log *log, const struct job *j);
/* Tries to write the lines that are kept. 0: none is left. -1 with errno. */
int record_log_retry(struct record_log *log);
/* The number of lines that could not be written so far. A header that a device did not take counts as one. */
size_t record_log_pending(const struct record_log *log);
/* Closes and frees. -1 with errno: close(2) reported a lost write. */
int record_log_close(struct record_log *log);

#endif
