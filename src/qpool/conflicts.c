/* Invariant: each message names the options, and says which one to omit or to add. */
#include "qpool/conflicts.h"

#include <string.h>

#include "cli/message.h"
#include "job/outcome.h"
#include "qpool/option-table.h"

/* --one has no use for the options of input, output and records. */
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

	for (int id = 0; id < OPT_COUNT; id++) {
		if (!seen[id] || fits[id] || (o->profile && fits_profile[id]))
			continue;
		if (o->profile)
			message_errx(EXIT_USAGE,
			    "--profile cannot be combined with --%s: it records one command as jsonl; omit --%s",
			    qpool_options[id].name, qpool_options[id].name);
		message_errx(EXIT_USAGE,
		    "--one cannot be combined with --%s: qpool then reads no input and keeps no records; omit --%s",
		    qpool_options[id].name, qpool_options[id].name);
	}
	if (o->word_count == 0)
		message_errx(EXIT_USAGE, "--%s requires a command", o->profile ? "profile" : "one");
}

static void
check_queue(const struct options *o)
{
	if (o->queue == NULL && (o->until_empty || o->until_eof))
		message_errx(EXIT_USAGE, "--%s requires -Q QUEUE", o->until_empty ? "until-empty" : "until-eof");
	if (o->queue == NULL)
		return;
	if (o->input_path != NULL)
		message_errx(EXIT_USAGE, "-Q cannot be combined with -a; omit one of them");
	if (o->halt.when != HALT_NEVER && o->halt.count == 0)
		message_errx(
		    EXIT_USAGE, "--halt with -Q requires a number: a percentage needs a known number of tasks");
	if (o->resume || o->resume_failed)
		message_errx(EXIT_USAGE, "--%s cannot be combined with -Q: the queue itself knows which tasks are done",
		    o->resume ? "resume" : "resume-failed");
}

/* One file would replace the other. */
static void
check_files(const char *a_name, const char *a, const char *b_name, const char *b)
{
	if (a != NULL && b != NULL && strcmp(a, b) == 0)
		message_errx(EXIT_USAGE, "%s and %s must name different files", a_name, b_name);
}

void
options_check(const struct options *o, const bool seen[])
{
	const char *mixing = o->tag ? "--tag"
	    : o->line_buffer        ? "--line-buffer"
	    : seen[OPT_spill_max]   ? "--spill-max"
				    : NULL;

	if (o->quiet && o->verbose)
		message_errx(EXIT_USAGE, "-q cannot be combined with -v; omit one of them");
	if (seen[OPT_null] && seen[OPT_delimiter])
		message_errx(EXIT_USAGE, "-0 cannot be combined with -d; omit one of them");
	if (o->replace != NULL && o->no_template)
		message_errx(EXIT_USAGE, "-I cannot be combined with --no-template; omit one of them");
	if ((o->resume || o->resume_failed) && o->log_path == NULL)
		message_errx(EXIT_USAGE, "%s requires -l FILE", o->resume_failed ? "--resume-failed" : "--resume");
	if (o->log_format != NULL && o->log_path == NULL)
		message_errx(EXIT_USAGE, "--log-format requires -l FILE");
	check_files("--html", o->html_path, "--trace", o->trace_path);
	check_files("-l", o->log_path, "--html", o->html_path);
	check_files("-l", o->log_path, "--trace", o->trace_path);
	if (o->one)
		check_one(o, seen);
	check_queue(o);
	if (o->serve && o->jobs_given && o->jobs == 0)
		message_errx(EXIT_USAGE, "-J requires a number of slots; use -j N with N from 1 instead of -j 0");
	if (seen[OPT_style] && !o->serve)
		message_errx(EXIT_USAGE, "--jobserver-style requires -J");
	if (mixing != NULL && o->order == ORDER_NONE)
		message_errx(EXIT_USAGE,
		    "%s cannot be combined with --order=none; use --order=input or --order=completion", mixing);
}
