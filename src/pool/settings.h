/* settings: what a run of the pool is to be. Filled in by options.c, read by the engine. */
#ifndef QPOOL_SETTINGS_H
#define QPOOL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/halt.h"
#include "jobserver/server.h"
#include "log/record.h"

enum order { ORDER_INPUT, ORDER_COMPLETION, ORDER_NONE };
enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct options {
	char **argv; /* the whole command line, borrowed */
	size_t argc;
	/* input */
	const char *input_path; /* -a; NULL: stdin */
	char delimiter;         /* -0, -d; '\n' */
	bool delimiter_given;   /* then empty lines count */
	const char *queue;      /* -Q; NULL: lines */
	bool until_empty, until_eof;
	/* command */
	char *const *words;  /* borrowed from argv */
	size_t word_count;   /* 0: each line is a shell line */
	const char *replace; /* -I; NULL */
	bool no_template;    /* --no-template */
	size_t max_lines;    /* -n; 1 */
	/* slots */
	bool jobs_given;
	unsigned jobs;    /* -j; 0: as many as tasks */
	bool dry_run;     /* make -n: print the commands */
	bool always;      /* --always: whatever make was given */
	pid_t beside;     /* --beside; 0: none */
	const char *auth; /* --jobserver-auth; NULL: as MAKEFLAGS says; "none" */
	bool serve;       /* -J */
	enum jobserver_style style;
	bool one;               /* --one, --profile */
	bool profile;           /* --profile */
	double load;            /* --load; < 0: none */
	uint64_t memfree_bytes; /* --memfree; 0: none */
	int64_t delay_ns;       /* --delay */
	/* output */
	enum order order;
	bool tag, line_buffer;
	uint64_t spill_max_bytes; /* UINT64_MAX: no bound */
	/* records */
	bool quiet, verbose, say_start;         /* -q -v -t */
	const struct record_format *records;    /* -R; NULL: text on stderr */
	const char *log_path;                   /* -l */
	const struct record_format *log_format; /* of log_path */
	bool resume, resume_failed;
	const char *html_path, *trace_path; /* --html, --trace; NULL */
	/* failure */
	struct halt halt;
	unsigned tries;     /* --retries; attempts in all; 1 */
	int64_t timeout_ns; /* 0: none */
	int64_t grace_ns;   /* 5 s */
	/* display */
	enum progress_when progress;
};

#endif
