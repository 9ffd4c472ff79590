/*
 * qlog: what the verbs share. Each verb is a file qlog/VERB.c with one struct qlog_verb, qlog_verb_VERB. qlog.def lists
 * them.
 */
#ifndef QPOOL_QLOG_H
#define QPOOL_QLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "cli/verbs.h"
#include "log/table.h"

/* Exit statuses (qlog(1), EXIT STATUS). */
enum {
	QLOG_DONE = 0,
	QLOG_ERROR = 1, /* a system error: a file cannot be read, or output cannot be written */
	QLOG_WRONG = 2, /* wrong usage, or a file that is not a log */
};

/* The options of all verbs; each verb has a few of them. */
struct qlog_args {
	bool json;
	long long count;    /* -n; 0: not given */
	long long slots;    /* 0: not given */
	long long width;    /* 0: not given */
	const char *output; /* -o; NULL: not given */
	const char *title;
};

/* Options that several verbs have. */
#define QLOG_SLOTS                                                                                                     \
	CLI_NUMBER(                                                                                                    \
	    "", "slots", "N", struct qlog_args, slots, 1, 100000, "assume N slots (default: the number in the log)")
#define QLOG_OUTPUT                                                                                                    \
	CLI_TEXT(                                                                                                      \
	    "o", "output", "FILE", "file", struct qlog_args, output, "write to FILE, replacing it only when complete")
#define QLOG_TITLE CLI_TEXT("", "title", "TEXT", "", struct qlog_args, title, "title (default: the log's name)")

/* A verb that runs. */
struct qlog {
	const struct qlog_verb *verb;
	struct qlog_args args;
	char *const *files; /* as given; "-" is standard input */
	size_t file_count;
};

struct qlog_verb {
	struct cli_verb cli;
	void (*run)(struct qlog *q); /* returns when it is done */
};

/* All verbs, in the order of --help; the first is the default. */
extern const struct qlog_verb *const qlog_verbs[];
extern const struct cli_program qlog_program;

/* common.c: what several verbs need. */

/* Prints "qlog: ..." about wrong usage and exits with QLOG_WRONG. */
void qlog_usage(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Prints "qlog: FILE: ..." for errno and exits with QLOG_ERROR. */
void qlog_fail(const char *file) __attribute__((noreturn));
/*
 * Reads the files into the table and makes it ready. Prints a warning about lines that make no sense. If a file cannot
 * be read or is not a log, prints an error and exits.
 */
void qlog_read(struct log_table *t, char *const *files, size_t count);
/* The name of a row: its target if it has one, else its command. */
const char *qlog_name(const struct log_table *t, const struct log_job *job);
/* Appends how the job ended, in at most 11 characters: "ok", "exit 3", "signal 9", "timeout". */
void qlog_end(struct buf *b, const struct log_job *job);
/* The width of the terminal that standard output is; 0: not a terminal. */
size_t qlog_window(void);
/*
 * Prints the text and a newline. Characters that a terminal would obey are escaped, and on a terminal the text is cut
 * at its width.
 */
void qlog_line(const struct buf *text);
/* Flushes standard output; exits with QLOG_ERROR if that fails. */
void qlog_flush(void);

/* output.c: for verbs that make a file. */

/* Writes a table in some form: trace_events_write and page_write are such functions. */
typedef int qlog_writer(FILE *f, const struct log_table *t, const char *title);
/*
 * Reads the files of the verb and writes the result to --output, which is replaced only when the result is complete.
 * Without --output, or with "-", writes to standard output, unless that is a terminal.
 */
void qlog_output(const struct qlog *q, qlog_writer *write);

#endif
