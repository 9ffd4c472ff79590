/*
 * qctl: the command. Finds the verb, reads its options, opens the queue, runs it.
 *
 * Invariant: a wrong word ends it with one line before the queue is opened.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "qctl/qctl.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "sys/os.h"
#include "base/value.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(version unknown)"
#endif

enum { MOST_OPTIONS = 16, LONG_BASE = 256 };

#define VERB(name) extern const struct qctl_verb qctl_verb_##name;
#include "qctl/qctl.def"

static const struct qctl_verb *const verbs[] = {
#define VERB(name) &qctl_verb_##name,
#include "qctl/qctl.def"
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

static void
print_usage(FILE *f, const struct qctl_verb *v)
{
	fprintf(f, "usage: qctl %s%s %s\n", v->name, v->options[0].name != NULL ? " [option ...]" : "", v->arguments);
}

static void __attribute__((noreturn))
exit_printed(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		err(QCTL_ERROR, "stdout");
	exit(QCTL_YES);
}

static void __attribute__((noreturn))
help_verb(const struct qctl_verb *v)
{
	char left[64];

	print_usage(stdout, v);
	printf("\n%s\n%s", v->help, v->options[0].name != NULL ? "\n" : "");
	for (const struct qctl_option *o = v->options; o->name != NULL; o++) {
		snprintf(left, sizeof left, o->letter != 0 ? "  -%c, --%s%s%s" : "  %.0d    --%s%s%s", o->letter != 0 ? o->letter : 0, o->name,
		    *o->argument != '\0' ? " " : "", o->argument);
		printf("%-28s %s\n", left, o->help);
	}
	exit_printed();
}

static void __attribute__((noreturn))
help_all(void)
{
	puts("usage: qctl verb [option ...] queue [argument ...]\n");
	puts("A queue of tasks that any process fills and any pool (qpool -Q) or process\nempties, kept in a directory. Verbs:\n");
	for (int i = 0; i < VERBS; i++)
		printf("  %-12s %s\n", verbs[i]->name, verbs[i]->help);
	puts("\nqctl verb --help tells its options.\n"
	     "Exit status: 0 done or yes; 1 no: empty, full, too late; 2 wrong usage; 3 closed,\n"
	     "or a lease that is lost; 4 an error. See qctl(1).");
	exit_printed();
}

static const struct qctl_verb *
find_verb(const char *name)
{
	struct buf b = { 0 };

	for (int i = 0; i < VERBS; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	escape_visible(&b, name, strlen(name));
	buf_addc(&b, '\0');
	errx(QCTL_USAGE, "'%s' is no verb; see qctl --help", b.data);
}

static void __attribute__((noreturn))
wrong_value(const struct qctl_verb *v, const struct qctl_option *o, const char *value)
{
	struct buf b = { 0 };

	escape_visible(&b, value, strlen(value));
	buf_addc(&b, '\0');
	if (o->kind == QCTL_NUMBER)
		qctl_usage(v, "--%s: '%s' is not a number from %lld to %lld; see qctl %s --help", o->name, b.data, o->least, o->most, v->name);
	qctl_usage(v, "--%s: '%s' is not a number of seconds such as 10 or 0.5; see qctl %s --help", o->name, b.data, v->name);
}

static bool
read_number(const char *value, long long least, long long most, long long *n)
{
	if (*value != '-')
		return value_number(value, least < 0 ? 0 : least, most, n);
	if (least >= 0 || !value_number(value + 1, 1, -least, n))
		return false;
	*n = -*n;
	return true;
}

static void
set(struct qctl *c, const struct qctl_option *o, const char *value)
{
	char *field = (char *)&c->args + o->at;

	switch (o->kind) {
	case QCTL_FLAG: *(bool *)field = true; break;
	case QCTL_TEXT: *(const char **)field = value; break;
	case QCTL_NUMBER:
		if (!read_number(value, o->least, o->most, (long long *)field))
			wrong_value(c->verb, o, value);
		break;
	case QCTL_SECONDS:
		*(int64_t *)field = value_seconds(value);
		if (*(int64_t *)field == -1)
			wrong_value(c->verb, o, value);
		break;
	}
}

static void __attribute__((noreturn))
refuse(const struct qctl_verb *v, const char *word, int why)
{
	struct buf b = { 0 };

	escape_visible(&b, word, strlen(word));
	buf_addc(&b, '\0');
	qctl_usage(v, "%s: %s; see qctl %s --help", b.data, why == ':' ? "needs an argument" : "no such option", v->name);
}

/* The options before the queue's name. */
static void
read_options(struct qctl *c, int argc, char **argv)
{
	struct option longs[MOST_OPTIONS + 2];
	char shorts[2 * MOST_OPTIONS + 4] = "+:h", *s = shorts + 3;
	int value, at, n = 0;

	for (const struct qctl_option *o = c->verb->options; o->name != NULL && n < MOST_OPTIONS; o++, n++) {
		longs[n] = (struct option){ o->name, o->kind == QCTL_FLAG ? no_argument : required_argument, NULL, LONG_BASE + n };
		if (o->letter == 0)
			continue;
		*s++ = o->letter;
		if (o->kind != QCTL_FLAG)
			*s++ = ':';
	}
	*s = '\0';
	longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[n + 1] = (struct option){ NULL, 0, NULL, 0 };
	opterr = 0;
	while (at = optind, (value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct qctl_option *o = c->verb->options;

		if (value == 'h')
			help_verb(c->verb);
		if (value == '?' || value == ':')
			refuse(c->verb, argv[at], value);
		if (value >= LONG_BASE)
			o += value - LONG_BASE;
		else
			while (o->letter != value)
				o++;
		set(c, o, optarg);
	}
}

static void
read_words(struct qctl *c, int argc, char **argv)
{
	if (optind == argc || argv[optind][0] == '\0')
		qctl_usage(c->verb, "which queue? usage: qctl %s%s %s", c->verb->name, c->verb->options[0].name != NULL ? " [option ...]" : "", c->verb->arguments);
	c->name = argv[optind];
	c->words = argv + optind + 1;
	c->word_count = (size_t)(argc - optind - 1);
	if (c->word_count < c->verb->least_words || c->word_count > c->verb->most_words)
		qctl_usage(c->verb, "too %s arguments; usage: qctl %s%s %s", c->word_count < c->verb->least_words ? "few" : "many", c->verb->name,
		    c->verb->options[0].name != NULL ? " [option ...]" : "", c->verb->arguments);
}

static void
say_why(const struct qctl *c)
{
	struct buf name = { 0 };

	escape_visible(&name, c->name, strlen(c->name));
	buf_addc(&name, '\0');
	warnx("%s: %s", name.data, queue_reason(c->queue));
	buf_free(&name);
}

int
main(int argc, char **argv)
{
	struct qctl c = { .args = { .timeout_ns = -1, .lease_ns = 300 * NS_PER_S, .interval_ns = NS_PER_S, .max_attempts = 5, .keep_tasks = 10000 }, .deadline_mono_ns = -1 };
	char problem[512];
	int status;

	if (os_guard_standard() == -1)
		_exit(QCTL_ERROR);
	/* Told by write(2), so that what was taken can be put back. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2)
		errx(QCTL_USAGE, "what is to be done? see qctl --help");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		help_all();
	if (strcmp(argv[1], "--version") == 0) {
		puts("qctl " PACKAGE_VERSION);
		exit_printed();
	}
	c.verb = find_verb(argv[1]);
	read_options(&c, argc - 1, argv + 1);
	read_words(&c, argc - 1, argv + 1);
	if (c.args.nowait)
		c.args.timeout_ns = 0;
	if (c.args.timeout_ns >= 0)
		c.deadline_mono_ns = clock_mono_ns() + c.args.timeout_ns;
	if (!c.verb->makes) {
		c.queue = queue_open(c.name, problem, sizeof problem);
		if (c.queue == NULL)
			qctl_fail(&c, "%s", problem);
	}
	status = c.verb->run(&c);
	if (status == QCTL_NO && c.queue != NULL && queue_reason(c.queue) != NULL)
		say_why(&c);
	if (c.queue != NULL)
		queue_free(c.queue);
	return status;
}
