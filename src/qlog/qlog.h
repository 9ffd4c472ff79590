/* qlog: what its verbs share. Each verb is one file, qlog-VERB.c, with one struct qlog_verb, qlog_verb_VERB; qlog.def has the list of them. */
#ifndef QPOOL_QLOG_H
#define QPOOL_QLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
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

enum qlog_kind { QLOG_FLAG, QLOG_NUMBER, QLOG_TEXT };

struct qlog_option {
	char letter;          /* 0: none */
	const char *name;
	const char *argument; /* as help shows it; "" of a flag */
	const char *help;
	enum qlog_kind kind;
	size_t at;            /* in struct qlog_args */
	long long least, most; /* of a number */
};
/* What verbs have in common. */
#define QLOG_SLOTS { 0, "slots", "N", "there were N slots, whatever the log tells", QLOG_NUMBER, offsetof(struct qlog_args, slots), 1, 100000 }
#define QLOG_OUTPUT { 'o', "output", "FILE", "write FILE, which is replaced when all is written", QLOG_TEXT, offsetof(struct qlog_args, output), 0, 0 }
#define QLOG_TITLE { 0, "title", "TEXT", "what it is called, in place of the log's name", QLOG_TEXT, offsetof(struct qlog_args, title), 0, 0 }
#define QLOG_END { 0, NULL, NULL, NULL, QLOG_FLAG, 0, 0, 0 }

/* A verb at work. */
struct qlog {
	const struct qlog_verb *verb;
	struct qlog_args args;
	char *const *files; /* as they were given; "-" is stdin */
	size_t file_count;
};

struct qlog_verb {
	const char *name;
	const char *arguments; /* behind the options, in the usage */
	const char *help;      /* one sentence */
	const struct qlog_option *options; /* ended by QLOG_END */
	size_t least_files, most_files;
	void (*run)(struct qlog *q); /* returns when it is done */
};

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
