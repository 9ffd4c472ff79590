/* qlog: what its verbs share. Each verb is one file, qlog-VERB.c, with one struct qlog_verb, qlog_verb_VERB; qlog.def has the list of them. */
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
	QLOG_ERROR = 1, /* what the system refused: a file that cannot be read, output that cannot be written */
	QLOG_WRONG = 2, /* wrong usage, or a file that is no log */
};

/* What the options of all verbs set; each has its own few. */
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

/* A verb at work. */
struct qlog {
	const struct qlog_verb *verb;
	struct qlog_args args;
	char *const *files; /* as they were given; "-" is stdin */
	size_t file_count;
};

struct qlog_verb {
	struct cli_verb cli;
	void (*run)(struct qlog *q); /* returns when it is done */
};

/* All verbs, in the order of --help; the first is the default. */
extern const struct qlog_verb *const qlog_verbs[];
extern const struct cli_program qlog_program;

/* qlog-common.c: what several verbs do. */

/* Says "qlog: ..." of wrong usage and exits. */
void qlog_usage(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Says "qlog: FILE: ..." of errno, and exits. */
void qlog_fail(const char *file) __attribute__((noreturn));
/* Reads all these files into the table, which is then ready; of lines that make no sense it says so, of a file that cannot be read or is no log it says so and exits. */
void qlog_read(struct log_table *t, char *const *files, size_t count);
/* What a row is called: its target if it has one, else its command. */
const char *qlog_name(const struct log_table *t, const struct log_job *job);
/* Appends how the job ended, in at most 11 characters: "ok", "exit 3", "signal 9", "timeout". */
void qlog_end(struct buf *b, const struct log_job *job);
/* Columns of the window that stdout is; 0: it is no terminal. */
size_t qlog_window(void);
/* Prints the text and a newline: what a terminal would obey is escaped, and in a window it is cut at its edge. */
void qlog_line(const struct buf *text);
/* All of what was printed is out, or it ends with QLOG_ERROR. */
void qlog_flush(void);

/* qlog-output.c: verbs that make a file. */

/* Writes what a table is made into, as trace_events_write and page_write. */
typedef int qlog_writer(FILE *f, const struct log_table *t, const char *title);
/* Reads the files of the verb, and writes what is made from them to --output, whole or not at all; without it, or to "-", to stdout, if that is no terminal. */
void qlog_output(const struct qlog *q, qlog_writer *write);

#endif
