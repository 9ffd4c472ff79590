/*
 * qlog: the types and functions that the verbs of qlog share. Each verb is a file qlog/VERB.c with a struct qlog_verb
 * qlog_verb_VERB. qlog.def lists the verbs.
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

/* The options of all verbs. Each verb has a few of them. */
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

/* The verb that is running. */
struct qlog {
	const struct qlog_verb *verb;
	struct qlog_args args;
	char *const *files; /* as given; "-" is standard input */
	size_t file_count;
};

struct qlog_verb {
	struct cli_verb cli;
	void (*run)(struct qlog *q); /* exits on an error */
};

/* All verbs, in the order of --help; the first is the default. */
extern const struct qlog_verb *const qlog_verbs[];
extern const struct cli_program qlog_program;

/* Functions for several verbs, in common.c. */

/* Prints "qlog: ..." about wrong usage and exits with QLOG_WRONG. */
void qlog_usage(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Prints "qlog: FILE: ..." with the message for errno, and exits with QLOG_ERROR. */
void qlog_fail(const char *file) __attribute__((noreturn));
/*
 * Reads the files into the table and makes it ready. Prints a warning about lines that are not records. If a file
 * cannot be read or is not a log, prints an error and exits.
 */
void qlog_read(struct log_table *t, char *const *files, size_t count);
/* Returns the name of a row: its target if it has one, otherwise its command. */
const char *qlog_name(const struct log_table *t, const struct log_job *job);
/* Appends how the job ended, in at most 11 characters: "ok", "exit 3", "signal 9", "timeout". */
void qlog_end(struct buf *b, const struct log_job *job);
/* Returns the width of the terminal on standard output, or 0 if standard output is not a terminal. */
size_t qlog_window(void);
/*
 * Prints the text and a newline. Control characters are escaped, and on a terminal the text is cut at the terminal's
 * width.
 */
void qlog_line(const struct buf *text);
/* Flushes standard output. Exits with QLOG_ERROR if this fails. */
void qlog_flush(void);

/* A function for verbs that write a file, in output.c. */

/* Writes a table in some format, as page_write and trace_events_write do. Returns 0, or -1 with errno. */
typedef int qlog_writer(FILE *f, const struct log_table *t, const char *title);
/*
 * Reads the files of the verb and writes the result to the file of --output, which is replaced only when the result is
 * complete. Without --output, or if it is "-", writes to standard output; a terminal is an error.
 */
void qlog_output(const struct qlog *q, qlog_writer *write);

#endif
