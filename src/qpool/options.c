/*
 * Reads the command line. options.def lists the options and their help; this file says what each one sets.
 *
 * Invariants: parsing stops at the first operand, which is the command. Wrong usage ends the program, with one line
 * on standard error, before any input is read. If an option is given twice, the last one counts.
 */
#include "qpool/options.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/value.h"
#include "cli/message.h"
#include "job/outcome.h"
#include "jobserver/auth.h"
#include "qpool/conflicts.h"
#include "qpool/option-table.h"
#include "qpool/options-help.h"

enum { MOST = 1000000 }; /* jobs, or attempts */

static void __attribute__((noreturn)) fail(struct buf *problem)
{
	buf_addc(problem, '\0');
	message_errx(EXIT_USAGE, "%s; see qpool --help", problem->data);
}

static void __attribute__((noreturn, format(printf, 2, 3))) must_be(const struct cli_given *g, const char *format, ...)
{
	struct buf problem = { 0 };
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	cli_option_must_be(&problem, g, "%s", text);
	fail(&problem);
}

/* These read a value of a given kind, or exit. */
static long long
number(const struct cli_given *g, long long least, long long most)
{
	long long n;

	if (!value_number(g->value, least, most, &n))
		must_be(g, "a number from %lld to %lld", least, most);
	return n;
}

static int64_t
seconds(const struct cli_given *g)
{
	int64_t ns = value_seconds(g->value);

	if (ns == -1)
		must_be(g, "a number of seconds such as 10 or 0.5");
	return ns;
}

static uint64_t
size(const struct cli_given *g)
{
	uint64_t bytes;

	if (!value_size(g->value, &bytes))
		must_be(g, "a size such as 4096, 500M or 2G");
	return bytes;
}

static const char *
file(const struct cli_given *g)
{
	if (*g->value == '\0')
		must_be(g, "the name of a file");
	return g->value;
}

/* The place of a value among the words of its completion. */
static int
word(const struct cli_given *g)
{
	int place = value_word(g->value, g->option->values);

	if (place == -1)
		must_be(g, "one of %s", g->option->values);
	return place;
}

static const struct record_format *
format(const struct cli_given *g)
{
	word(g);
	return record_format_named(g->value);
}

static void
set_null(struct options *o, const struct cli_given *g)
{
	(void)g;
	o->delimiter = '\0';
	o->delimiter_given = true;
}

static void
set_delimiter(struct options *o, const struct cli_given *g)
{
	int byte = value_byte(g->value);

	if (byte == -1)
		must_be(g, "one byte (\\0 means NUL)");
	o->delimiter = (char)byte;
	o->delimiter_given = true;
}

static void
set_arg_file(struct options *o, const struct cli_given *g)
{
	o->input_path = file(g);
}

static void
set_queue(struct options *o, const struct cli_given *g)
{
	o->queue = file(g);
}

static void
set_max_args(struct options *o, const struct cli_given *g)
{
	o->max_lines = (size_t)number(g, 1, INT_MAX);
}

static void
set_replace(struct options *o, const struct cli_given *g)
{
	if (*g->value == '\0')
		must_be(g, "at least one byte (use --no-template to append each line)");
	o->replace = g->value;
}

static void
set_jobs(struct options *o, const struct cli_given *g)
{
	o->jobs = (unsigned)number(g, 0, MOST);
	o->jobs_given = true;
}

static void
set_auth(struct options *o, const struct cli_given *g)
{
	struct jobserver_auth a = { .kind = AUTH_NONE };

	if (strcmp(g->value, "none") != 0) {
		jobserver_auth_read(&a, g->value);
		if (a.kind != AUTH_FDS && a.kind != AUTH_FIFO)
			must_be(g, "none, R,W with fds above 2, or fifo:PATH");
		jobserver_auth_free(&a);
	}
	o->auth = g->value;
}

static void
set_beside(struct options *o, const struct cli_given *g)
{
	o->beside = (pid_t)number(g, 1, INT_MAX);
}

static void
set_style(struct options *o, const struct cli_given *g)
{
	static const enum jobserver_style styles[] = { STYLE_AUTO, STYLE_FIFO, STYLE_PIPE };

	o->style = styles[word(g)];
}

static void
set_load(struct options *o, const struct cli_given *g)
{
	o->load = value_decimal(g->value);
	if (o->load <= 0)
		must_be(g, "a load such as 4 or 1.5, greater than 0");
}

static void
set_memfree(struct options *o, const struct cli_given *g)
{
	o->memfree_bytes = size(g);
}

static void
set_delay(struct options *o, const struct cli_given *g)
{
	o->delay_ns = seconds(g);
}

static void
set_order(struct options *o, const struct cli_given *g)
{
	static const enum order orders[] = { ORDER_INPUT, ORDER_COMPLETION, ORDER_NONE };

	o->order = orders[word(g)];
}

static void
set_spill_max(struct options *o, const struct cli_given *g)
{
	o->spill_max_bytes = size(g);
}

static void
set_records(struct options *o, const struct cli_given *g)
{
	o->records = g->value == NULL ? &record_tsv : format(g);
}

static void
set_log(struct options *o, const struct cli_given *g)
{
	o->log_path = file(g);
}

static void
set_log_format(struct options *o, const struct cli_given *g)
{
	o->log_format = format(g);
}

static void
set_html(struct options *o, const struct cli_given *g)
{
	o->html_path = file(g);
}

static void
set_trace(struct options *o, const struct cli_given *g)
{
	o->trace_path = file(g);
}

static void
set_halt(struct options *o, const struct cli_given *g)
{
	const char *error = halt_parse(&o->halt, g->value);
	struct buf problem = { 0 };

	if (error == NULL)
		return;
	buf_addf(&problem, "%s: '", g->name);
	escape_visible(&problem, g->value, strlen(g->value));
	buf_addf(&problem, "' %s", error);
	fail(&problem);
}

static void
set_retries(struct options *o, const struct cli_given *g)
{
	o->tries = (unsigned)number(g, 1, MOST);
}

static void
set_timeout(struct options *o, const struct cli_given *g)
{
	o->timeout_ns = seconds(g);
}

static void
set_grace(struct options *o, const struct cli_given *g)
{
	o->grace_ns = seconds(g);
}

static void
set_progress(struct options *o, const struct cli_given *g)
{
	static const enum progress_when whens[] = { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

	o->progress = g->value == NULL ? PROGRESS_ALWAYS : whens[word(g)];
}

/* We never run a job without input. */
static void
set_no_run_if_empty(struct options *o, const struct cli_given *g)
{
	(void)o, (void)g;
}

static void
set_help(struct options *o, const struct cli_given *g)
{
	(void)o, (void)g;
	options_help();
}

static void
set_version(struct options *o, const struct cli_given *g)
{
	(void)o, (void)g;
	options_version();
}

static void
set_mk(struct options *o, const struct cli_given *g)
{
	(void)o, (void)g;
	options_mk();
}

/* NULL for a flag, which cli_option_set sets. */
static void (*const setters[OPT_COUNT])(struct options *o, const struct cli_given *g) = {
#define GROUP(title)
#define FLAG(field, letters, name, help) NULL,
#define OPTION(id, letters, name, argument, completion, help) set_##id,
#include "qpool/options.def"
};

static void
set(struct options *o, const struct cli_given *g)
{
	size_t id = (size_t)(g->option - qpool_options);
	struct buf problem = { 0 };

	if (setters[id] != NULL)
		setters[id](o, g);
	else
		cli_option_set(g, o, &problem);
}

/* Reads and sets all options; seen[id]: that option was given. */
static void
read_all(int argc, char **argv, struct options *o, bool seen[])
{
	struct cli_scan *s = cli_scan_new(qpool_options, OPT_COUNT, argc, argv, false);
	struct buf problem = { 0 };
	struct cli_given given;
	int found, first;

	while ((found = cli_scan_next(s, &given, &problem)) == 1) {
		seen[given.option - qpool_options] = true;
		set(o, &given);
	}
	if (found == -1)
		fail(&problem);
	first = cli_scan_operands(s);
	cli_scan_free(s);
	o->words = argv + first;
	o->word_count = (size_t)(argc - first);
}

void
options_parse(int argc, char **argv, struct options *o)
{
	bool seen[OPT_COUNT] = { false };

	*o = (struct options){ .delimiter = '\n',
		.max_lines = 1,
		.load = -1,
		.make_load = -1,
		.spill_max_bytes = UINT64_MAX,
		.tries = 1,
		.grace_ns = 5 * NS_PER_S,
		.argv = argv,
		.argc = (size_t)argc };
	read_all(argc, argv, o, seen);
	o->one |= o->profile;
	options_check(o, seen);
	if (o->log_path != NULL && o->log_format == NULL)
		o->log_format = record_format_for(o->log_path);
}
