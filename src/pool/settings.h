/* settings: the options of a run. The command line fills them in, and the engine reads them. */
#ifndef QPOOL_SETTINGS_H
#define QPOOL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/halt.h"
#include "jobserver/environment.h"
#include "log/record.h"

enum order { ORDER_INPUT, ORDER_COMPLETION, ORDER_NONE };
enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

/* Strings are borrowed from the command line. */
struct options {
	char **argv; /* all words of the command line */
	size_t argc;
	/* input */
	const char *input_path; /* -a; NULL: standard input */
	char delimiter;         /* -0, -d; '\n' */
	bool delimiter_given;   /* -0 or -d was given, so empty lines count */
	const char *queue;      /* -Q; NULL: tasks are lines of input */
	bool until_empty, until_eof;
	/* command */
	char *const *words;
	size_t word_count;   /* 0: each line is a shell line */
	const char *replace; /* -I; NULL */
	bool no_template;    /* --no-template */
	size_t max_lines;    /* -n; 1 */
	/* slots */
	bool jobs_given;
	unsigned jobs;    /* -j; 0: unlimited */
	bool dry_run;     /* below make -n: print the commands */
	bool always;      /* --always: ignore the -n, -q and -t of the make above */
	pid_t beside;     /* --beside; 0: none */
	const char *auth; /* --jobserver-auth; "none"; NULL: as in MAKEFLAGS */
	bool serve;       /* -J */
	enum jobserver_style style;
	bool one;               /* --one, --profile */
	bool profile;           /* --profile */
	double load;            /* --load; < 0: no limit */
	double make_load;       /* -l of the make above; < 0: no limit */
	uint64_t memfree_bytes; /* --memfree; 0: no limit */
	int64_t delay_ns;       /* --delay */
	/* output */
	enum order order;
	bool tag, line_buffer;
	uint64_t spill_max_bytes; /* UINT64_MAX: unlimited */
	/* records */
	bool quiet, verbose, print_start;       /* -q -v -t */
	const struct record_format *records;    /* -R; NULL: text on standard error */
	const char *log_path;                   /* -l */
	const struct record_format *log_format; /* of log_path */
	bool resume, resume_failed;
	const char *html_path, *trace_path; /* --html, --trace; NULL */
	/* failure */
	struct halt halt;
	unsigned tries;     /* --retries: attempts in total; 1 */
	int64_t timeout_ns; /* --timeout; 0: none */
	int64_t grace_ns;   /* time between TERM and KILL; 5 s */
	/* display */
	enum progress_when progress;
};

#endif
