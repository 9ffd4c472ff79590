/*
 * The command line. What options there are, and what --help says of them, is options.def; here is what each one sets.
 *
 * Invariants: parsing stops at the first word that is no option. A wrong word ends the program before anything is read, with one
 * line, whatever bytes the word has. The last of an option given twice counts.
 */
#include "qpool/options.h"

#include <err.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "jobserver/auth.h"
#include "qpool/options-help.h"
#include "job/outcome.h"
#include "base/value.h"

enum {
	MOST = 1000000,  /* jobs, or tries */
	LONG_BASE = 256, /* getopt_long's value of a long option: this and its id */
};

enum option_id {
#define GROUP(title)
#define FLAG(field, letters, name, help) OPT_##field,
#define OPTION(id, letters, name, argument, completion, help) OPT_##id,
#include "qpool/options.def"
	OPT_COUNT
};

/* An option as it was written. */
struct given {
	const struct option_entry *entry;
	char name[64];     /* "-j", "--jobs" */
	const char *value; /* NULL: none */
};

struct option_entry {
	const char *letters, *name, *argument, *completion;
	size_t flag; /* where its bool is in struct options, when `set` is NULL */
	void (*set)(struct options *o, const struct given *g);
};

static void __attribute__((noreturn, format(printf, 2, 3))) wrong(const struct given *g, const char *format, ...)
{
	struct buf b = { 0 };
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (g->value != NULL) {
		buf_addc(&b, '\'');
		escape_visible(&b, g->value, strlen(g->value));
		buf_adds(&b, "' ");
	}
	buf_adds(&b, text);
	buf_addc(&b, '\0');
	errx(EXIT_USAGE, "%s: %s; see qpool --help", g->name, b.data);
}

/* The value, where it must be of that kind. */
static long long
number(const struct given *g, long long least, long long most)
{
	long long n;

	if (!value_number(g->value, least, most, &n))
		wrong(g, "is not a number from %lld to %lld", least, most);
	return n;
}

static int64_t
seconds(const struct given *g)
{
	int64_t ns = value_seconds(g->value);

	if (ns == -1)
		wrong(g, "is not a number of seconds such as 10 or 0.5");
	return ns;
}

static uint64_t
size(const struct given *g)
{
	uint64_t bytes;

	if (!value_size(g->value, &bytes))
		wrong(g, "is not a size such as 4096, 500M or 2G");
	return bytes;
}

static const char *
file(const struct given *g)
{
	if (*g->value == '\0')
		wrong(g, "is not the name of a file");
	return g->value;
}

/* The place of a value among the words of its completion. */
static int
word(const struct given *g)
{
	int place = value_word(g->value, g->entry->completion);

	if (place == -1)
		wrong(g, "is not one of %s", g->entry->completion);
	return place;
}

static const struct record_format *
format(const struct given *g)
{
	word(g);
	return record_format_named(g->value);
}

static void
set_null(struct options *o, const struct given *g)
{
	(void)g;
	o->delimiter = '\0';
	o->delimiter_given = true;
}

static void
set_delimiter(struct options *o, const struct given *g)
{
	int byte = value_byte(g->value);

	if (byte == -1)
		wrong(g, "is not one byte; NUL is \\0");
	o->delimiter = (char)byte;
	o->delimiter_given = true;
}

static void
set_arg_file(struct options *o, const struct given *g)
{
	o->input_path = file(g);
}

static void
set_queue(struct options *o, const struct given *g)
{
	o->queue = file(g);
}

static void
set_max_args(struct options *o, const struct given *g)
{
	o->max_lines = (size_t)number(g, 1, INT_MAX);
}

static void
set_replace(struct options *o, const struct given *g)
{
	if (*g->value == '\0')
		wrong(g, "can stand nowhere; to append each line use --no-template");
	o->replace = g->value;
}

static void
set_jobs(struct options *o, const struct given *g)
{
	o->jobs = (unsigned)number(g, 0, MOST);
	o->jobs_given = true;
}

static void
set_auth(struct options *o, const struct given *g)
{
	struct jobserver_auth a = { .kind = AUTH_NONE };

	if (strcmp(g->value, "none") != 0) {
		jobserver_auth_read(&a, g->value);
		if (a.kind != AUTH_FDS && a.kind != AUTH_FIFO)
			wrong(g, "is not none, R,W or fifo:PATH");
		jobserver_auth_free(&a);
	}
	o->auth = g->value;
}

static void
set_beside(struct options *o, const struct given *g)
{
	o->beside = (pid_t)number(g, 1, INT_MAX);
}

static void
set_style(struct options *o, const struct given *g)
{
	static const enum jobserver_style styles[] = { STYLE_AUTO, STYLE_FIFO, STYLE_PIPE };

	o->style = styles[word(g)];
}

static void
set_load(struct options *o, const struct given *g)
{
	o->load = value_decimal(g->value);
	if (o->load <= 0)
		wrong(g, "is not a load such as 4 or 1.5, above 0");
}

static void
set_memfree(struct options *o, const struct given *g)
{
	o->memfree_bytes = size(g);
}

static void
set_delay(struct options *o, const struct given *g)
{
	o->delay_ns = seconds(g);
}

static void
set_order(struct options *o, const struct given *g)
{
	static const enum order orders[] = { ORDER_INPUT, ORDER_COMPLETION, ORDER_NONE };

	o->order = orders[word(g)];
}

static void
set_spill_max(struct options *o, const struct given *g)
{
	o->spill_max_bytes = size(g);
}

static void
set_records(struct options *o, const struct given *g)
{
	o->records = g->value == NULL ? &record_tsv : format(g);
}

static void
set_log(struct options *o, const struct given *g)
{
	o->log_path = file(g);
}

static void
set_log_format(struct options *o, const struct given *g)
{
	o->log_format = format(g);
}

static void
set_html(struct options *o, const struct given *g)
{
	o->html_path = file(g);
}

static void
set_trace(struct options *o, const struct given *g)
{
	o->trace_path = file(g);
}

static void
set_halt(struct options *o, const struct given *g)
{
	const char *error = halt_parse(&o->halt, g->value);

	if (error != NULL)
		wrong(g, "%s", error);
}

static void
set_retries(struct options *o, const struct given *g)
{
	o->tries = (unsigned)number(g, 1, MOST);
}

static void
set_timeout(struct options *o, const struct given *g)
{
	o->timeout_ns = seconds(g);
}

static void
set_grace(struct options *o, const struct given *g)
{
	o->grace_ns = seconds(g);
}

static void
set_progress(struct options *o, const struct given *g)
{
	static const enum progress_when whens[] = { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

	o->progress = g->value == NULL ? PROGRESS_ALWAYS : whens[word(g)];
}

/* We never run a job without input. */
static void
set_no_run_if_empty(struct options *o, const struct given *g)
{
	(void)o, (void)g;
}

static void
set_help(struct options *o, const struct given *g)
{
	(void)o, (void)g;
	options_help();
}

static void
set_version(struct options *o, const struct given *g)
{
	(void)o, (void)g;
	options_version();
}

static void
set_mk(struct options *o, const struct given *g)
{
	(void)o, (void)g;
	options_mk();
}

static const struct option_entry entries[OPT_COUNT] = {
#define GROUP(title)
#define FLAG(field, letters, name, help) { letters, name, "", "", offsetof(struct options, field), NULL },
#define OPTION(id, letters, name, argument, completion, help) { letters, name, argument, completion, 0, set_##id },
#include "qpool/options.def"
};

/* What getopt_long is given. */
struct tables {
	struct option longs[OPT_COUNT + 1];
	char shorts[3 * OPT_COUNT + 3]; /* an option has at most one letter and its alias */
};

static void
fill_tables(struct tables *t)
{
	char *s = t->shorts;

	*t = (struct tables){ .shorts = "+:" };
	s += strlen(s);
	for (int id = 0; id < OPT_COUNT; id++) {
		const struct option_entry *e = &entries[id];
		bool none = *e->argument == '\0', optional = *e->argument == '[';

		t->longs[id] = (struct option){ e->name,
			none           ? no_argument
			    : optional ? optional_argument
				       : required_argument,
			NULL, LONG_BASE + id };
		for (const char *letter = e->letters; *letter != '\0'; letter++) {
			*s++ = *letter;
			if (!none && !optional)
				*s++ = ':';
		}
	}
}

/* Fills in the option that getopt_long's value means, as it was written. false: none. */
static bool
find(struct given *g, int value)
{
	if (value >= LONG_BASE) {
		g->entry = &entries[value - LONG_BASE];
		snprintf(g->name, sizeof(g->name), "--%s", g->entry->name);
		return true;
	}
	snprintf(g->name, sizeof(g->name), "-%c", value);
	for (int id = 0; id < OPT_COUNT; id++)
		if (value != '\0' && strchr(entries[id].letters, value) != NULL) {
			g->entry = &entries[id];
			return true;
		}
	return false;
}

/* getopt_long gave up: `why` is ':' or '?', optopt the option, or what it took for one; `at` is the word it stands in. */
static void __attribute__((noreturn)) refuse(int why, const char *at)
{
	struct given g = { .value = NULL };
	struct buf b = { 0 };

	if (find(&g, optopt) && why == ':')
		wrong(&g, "needs an argument, %s", g.entry->argument);
	if (g.entry != NULL)
		wrong(&g, "takes no argument");
	if (optopt == 0)
		escape_visible(&b, at, strlen(at));
	else
		escape_visible(&b, g.name, strlen(g.name));
	buf_addc(&b, '\0');
	errx(EXIT_USAGE, "%s: %s; see qpool --help", b.data,
	    optopt == 0 ? "no option, or short for several" : "no such option");
}

/* --one leaves nothing for the options of input, output and records to do. */
static void
check_one(const struct options *o, const bool seen[])
{
	static const bool fits[OPT_COUNT] = { [OPT_one] = true,
		[OPT_jobs] = true,
		[OPT_serve] = true,
		[OPT_style] = true,
		[OPT_auth] = true,
		[OPT_grace] = true,
		[OPT_quiet] = true,
		[OPT_profile] = true,
		[OPT_always] = true,
		[OPT_beside] = true };
	static const bool fits_profile[OPT_COUNT] = { [OPT_log] = true, [OPT_html] = true, [OPT_trace] = true };

	for (int id = 0; id < OPT_COUNT; id++)
		if (o->profile && seen[id] && !fits[id] && !fits_profile[id])
			errx(EXIT_USAGE,
			    "--profile runs one command, records what it runs as jsonl, and leaves output alone; leave --%s out",
			    entries[id].name);
		else if (!o->profile && seen[id] && !fits[id])
			errx(EXIT_USAGE, "--one reads and records nothing and leaves output alone; leave --%s out",
			    entries[id].name);
	if (o->word_count == 0)
		errx(EXIT_USAGE, "--%s needs the command to run", o->profile ? "profile" : "one");
}

static void
check_queue(const struct options *o)
{
	if (o->queue == NULL && (o->until_empty || o->until_eof))
		errx(EXIT_USAGE, "--%s is of a queue; name it with -Q", o->until_empty ? "until-empty" : "until-eof");
	if (o->queue == NULL)
		return;
	if (o->input_path != NULL)
		errx(EXIT_USAGE, "-Q and -a exclude each other; leave one of them out");
	if (o->halt.when != HALT_NEVER && o->halt.count == 0)
		errx(EXIT_USAGE,
		    "-Q: of a queue nobody knows how many tasks it will have; give --halt a number, not percent");
	if (o->resume || o->resume_failed)
		errx(EXIT_USAGE, "-Q: a queue knows what is done; leave --%s out",
		    o->resume ? "resume" : "resume-failed");
}

/* One would take the place of the other. */
static void
check_files(const char *a_name, const char *a, const char *b_name, const char *b)
{
	if (a != NULL && b != NULL && strcmp(a, b) == 0)
		errx(EXIT_USAGE, "%s and %s name the same file; give each its own", a_name, b_name);
}

/* Options that make no sense together, and what to do. */
static void
check_conflicts(const struct options *o, const bool seen[])
{
	const char *mixing = o->tag ? "--tag"
	    : o->line_buffer        ? "--line-buffer"
	    : seen[OPT_spill_max]   ? "--spill-max"
				    : NULL;

	if (o->quiet && o->verbose)
		errx(EXIT_USAGE, "-q and -v exclude each other; leave one of them out");
	if (seen[OPT_null] && seen[OPT_delimiter])
		errx(EXIT_USAGE, "-0 and -d exclude each other; leave one of them out");
	if (o->replace != NULL && o->no_template)
		errx(EXIT_USAGE, "-I and --no-template exclude each other; leave one of them out");
	if ((o->resume || o->resume_failed) && o->log_path == NULL)
		errx(EXIT_USAGE, "%s reads the log; name it with -l FILE",
		    o->resume_failed ? "--resume-failed" : "--resume");
	if (o->log_format != NULL && o->log_path == NULL)
		errx(EXIT_USAGE, "--log-format is of a log; name it with -l FILE");
	check_files("--html", o->html_path, "--trace", o->trace_path);
	check_files("-l", o->log_path, "--html", o->html_path);
	check_files("-l", o->log_path, "--trace", o->trace_path);
	if (o->one)
		check_one(o, seen);
	check_queue(o);
	if (o->serve && o->jobs_given && o->jobs == 0)
		errx(EXIT_USAGE, "-J shares the slots of -j, and -j 0 has no number of them; give one");
	if (seen[OPT_style] && !o->serve)
		errx(EXIT_USAGE, "--jobserver-style is of the jobserver that -J serves; add -J");
	if (mixing != NULL && o->order == ORDER_NONE)
		errx(EXIT_USAGE, "%s needs the output captured; choose another --order than none", mixing);
}

void
options_parse(int argc, char **argv, struct options *o)
{
	bool seen[OPT_COUNT] = { false };
	struct tables t;
	struct given g;
	int value, at;

	*o = (struct options){ .delimiter = '\n',
		.max_lines = 1,
		.load = -1,
		.spill_max_bytes = UINT64_MAX,
		.tries = 1,
		.grace_ns = 5 * NS_PER_S,
		.argv = argv,
		.argc = (size_t)argc };
	fill_tables(&t);
	opterr = 0;
	while (at = optind, (value = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		if (value == '?' || value == ':')
			refuse(value, argv[at]);
		find(&g, value);
		g.value = optarg;
		seen[g.entry - entries] = true;
		if (g.entry->set != NULL)
			g.entry->set(o, &g);
		else
			*(bool *)((char *)o + g.entry->flag) = true;
	}
	o->words = argv + optind;
	o->word_count = (size_t)(argc - optind);
	o->one |= o->profile;
	check_conflicts(o, seen);
	if (o->log_path != NULL && o->log_format == NULL)
		o->log_format = record_format_for(o->log_path);
}
