/*
 * qlog: looks at the records of finished jobs. main() finds the verb, reads its options, runs it.
 *
 * Invariant: a wrong word ends it with one line before a log is read.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "qlog/qlog.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "sys/os.h"
#include "base/value.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(version unknown)"
#endif

enum { MOST_OPTIONS = 16, LONG_BASE = 256 };

#define VERB(name) extern const struct qlog_verb qlog_verb_##name;
#include "qlog/qlog.def"

static const struct qlog_verb *const verbs[] = {
#define VERB(name) &qlog_verb_##name,
#include "qlog/qlog.def"
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

static void
print_usage(const struct qlog_verb *v)
{
	printf("usage: qlog %s%s %s\n", v->name, v->options[0].name != NULL ? " [option ...]" : "", v->arguments);
}

static void __attribute__((noreturn))
exit_printed(void)
{
	qlog_flush();
	exit(QLOG_DONE);
}

static void __attribute__((noreturn))
help_verb(const struct qlog_verb *v)
{
	char left[64];

	print_usage(v);
	printf("\n%s\n%s", v->help, v->options[0].name != NULL ? "\n" : "");
	for (const struct qlog_option *o = v->options; o->name != NULL; o++) {
		snprintf(left, sizeof left, o->letter != 0 ? "  -%c, --%s%s%s" : "  %.0d    --%s%s%s", o->letter != 0 ? o->letter : 0, o->name,
		    *o->argument != '\0' ? " " : "", o->argument);
		printf("%-28s %s\n", left, o->help);
	}
	exit_printed();
}

static void __attribute__((noreturn))
help_all(void)
{
	puts("usage: qlog [verb] [option ...] file ...\n");
	puts("Looks at logs of qpool (tsv, jsonl, joblog), joblogs of GNU parallel, .ninja_log\nand traces that qlog wrote, told apart by what is in them; - is stdin.\nVerbs, summary unless one is given:\n");
	for (int i = 0; i < VERBS; i++)
		printf("  %-12s %s\n", verbs[i]->name, verbs[i]->help);
	puts("\nqlog verb --help tells its options.\n"
	     "Exit status: 0 done; 1 a file cannot be read, or output not be written; 2 wrong\nusage, or a file that is no log. See qlog(1).");
	exit_printed();
}

/* The verb of that name; NULL: there is none. */
static const struct qlog_verb *
find_verb(const char *name)
{
	for (int i = 0; i < VERBS; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static void __attribute__((noreturn))
refuse(const struct qlog_verb *v, const char *word, const char *why)
{
	struct buf b = { 0 };

	escape_visible(&b, word, strlen(word));
	buf_addc(&b, '\0');
	qlog_usage("%s: %s; see qlog %s --help", b.data, why, v->name);
}

static void
set(struct qlog *q, const struct qlog_option *o, const char *value)
{
	char *field = (char *)&q->args + o->at;
	char why[128];

	switch (o->kind) {
	case QLOG_FLAG: *(bool *)field = true; break;
	case QLOG_TEXT: *(const char **)(void *)field = value; break;
	case QLOG_NUMBER:
		if (value_number(value, o->least, o->most, (long long *)(void *)field))
			break;
		snprintf(why, sizeof why, "--%s: not a number from %lld to %lld", o->name, o->least, o->most);
		refuse(q->verb, value, why);
	}
}

/* What getopt_long(3) did not like: a letter, perhaps one of several in a word, or a word. */
static void __attribute__((noreturn))
refuse_option(const struct qlog_verb *v, const char *word, int value)
{
	const char *why = value == ':' ? "needs an argument" : "no such option";
	char letter[] = { '-', (char)optopt, '\0' };

	refuse(v, optopt > 0 && optopt < LONG_BASE ? letter : word, why);
}

/* The option that getopt_long(3) found. */
static const struct qlog_option *
option_of(const struct qlog_verb *v, int value)
{
	const struct qlog_option *o = v->options;

	if (value >= LONG_BASE)
		return o + (value - LONG_BASE);
	while (o->letter != value)
		o++;
	return o;
}

/* getopt's tables of the verb's options; shorts has room for all. */
static void
fill_tables(const struct qlog_verb *v, struct option *longs, char *shorts)
{
	int n = 0;

	*shorts++ = ':';
	*shorts++ = 'h';
	for (const struct qlog_option *o = v->options; o->name != NULL && n < MOST_OPTIONS; o++, n++) {
		longs[n] = (struct option){ o->name, o->kind == QLOG_FLAG ? no_argument : required_argument, NULL, LONG_BASE + n };
		if (o->letter == 0)
			continue;
		*shorts++ = o->letter;
		if (o->kind != QLOG_FLAG)
			*shorts++ = ':';
	}
	*shorts = '\0';
	longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[n + 1] = (struct option){ NULL, 0, NULL, 0 };
}

/* Options and files, in any order. */
static void
read_words(struct qlog *q, int argc, char **argv)
{
	struct option longs[MOST_OPTIONS + 2];
	char shorts[2 * MOST_OPTIONS + 3];
	int value;

	fill_tables(q->verb, longs, shorts);
	opterr = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == 'h')
			help_verb(q->verb);
		if (value == '?' || value == ':')
			refuse_option(q->verb, argv[optind - 1], value);
		set(q, option_of(q->verb, value), optarg);
	}
	q->files = argv + optind;
	q->file_count = (size_t)(argc - optind);
	if (q->file_count < q->verb->least_files)
		qlog_usage("%s see qlog %s --help", q->file_count == 0 ? "which log?" : "too few logs;", q->verb->name);
	if (q->file_count > q->verb->most_files)
		qlog_usage("too many logs; see qlog %s --help", q->verb->name);
}

/* A first word that is neither a verb nor a file was one of the two once. */
static void
check_first(const char *word)
{
	struct buf b = { 0 };

	if (*word == '-' || access(word, F_OK) == 0 || errno != ENOENT)
		return;
	escape_visible(&b, word, strlen(word));
	buf_addc(&b, '\0');
	errx(QLOG_ERROR, "%s: neither a file nor a verb; see qlog --help", b.data);
}

int
main(int argc, char **argv)
{
	struct qlog q = { 0 };
	int skip = 1;

	if (os_guard_standard() == -1)
		_exit(QLOG_ERROR);
	/* A file-size limit is an error of what is written, and is told as one. */
	signal(SIGXFSZ, SIG_IGN);
	setlocale(LC_CTYPE, "");
	if (argc < 2)
		qlog_usage("which log? see qlog --help");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		help_all();
	if (strcmp(argv[1], "--version") == 0) {
		puts("qlog " PACKAGE_VERSION);
		exit_printed();
	}
	q.verb = find_verb(argv[1]);
	if (q.verb == NULL) {
		check_first(argv[1]);
		q.verb = verbs[0];
		skip = 0;
	}
	read_words(&q, argc - skip, argv + skip);
	q.verb->run(&q);
	qlog_flush();
	return QLOG_DONE;
}
