/*
 * record: a finished job as a line, in four formats, and the log they are appended to.
 *
 * A new format is one file with one const struct record_format, and a line in record.c's table.
 */
#ifndef QPOOL_RECORD_H
#define QPOOL_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "job/job.h"

/* No format's header line is longer. */
#define RECORD_HEADER_MAX 512

struct record_format {
	const char *name;   /* as --log-format takes it */
	const char *suffix; /* of a file that means it, or NULL */
	/* Appends the header line, with its newline; NULL: none. */
	void (*header)(struct buf *b);
	/* Appends the job's line, with its newline. Appends nothing for a job that this format does not tell. */
	void (*line)(struct buf *b, const struct job *j);
};

extern const struct record_format record_text; /* "[3] ok 0.213s cp a b": for people, never logged */
extern const struct record_format record_tsv;
extern const struct record_format record_jsonl;
extern const struct record_format record_joblog; /* GNU parallel's nine columns */

/*
 * Appends the line of a jsonl log for a command that make ran, with what qpool-sh knows of it: no seq, slot, waiting
 * and output. `parent` is the pid of the record whose command started that make, 0: none; `target` is make's, NULL:
 * unknown.
 */
void record_make_line(struct buf *b, const struct job *j, pid_t parent, const char *target);

/* The format of that name (tsv, jsonl, joblog), NULL if there is none. */
const struct record_format *record_format_named(const char *name);
/* The format that a file's suffix means; tsv when it means none. */
const struct record_format *record_format_for(const char *path);

struct record_log;

/*
 * Opens PATH to append to, making it if it is not there. Under flock(2): an empty file gets the header, a torn last
 * line is ended with APPEND_TORN and a newline. A FIFO or a device gets the header, unread. NULL with errno; EINVAL:
 * the first line is not this format's.
 */
struct record_log *record_log_open(const char *path, const struct record_format *format);
/*
 * Appends the job's line with one write(2). A write that was cut short (disk full) is taken back with ftruncate(2),
 * so that the log never holds half a line of a living qpool. -1 with errno: the line is kept and record_log_retry
 * tries again.
 */
int record_log_append(struct record_log *log, const struct job *j);
/* Tries again what could not be written. 0 when nothing is left, -1 with errno. */
int record_log_retry(struct record_log *log);
/* How many lines could not be written so far; a header that a device did not take is one. */
size_t record_log_pending(const struct record_log *log);
/* Closes and frees. -1 with errno when close(2) told of a lost write. */
int record_log_close(struct record_log *log);

#endif
