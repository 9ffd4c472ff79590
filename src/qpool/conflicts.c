/* Invariant: each message names the options, and says which one to leave out or to add. */
#include "qpool/conflicts.h"

#include <err.h>
#include <string.h>

#include "job/outcome.h"
#include "qpool/option-table.h"

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
			    qpool_options[id].name);
		else if (!o->profile && seen[id] && !fits[id])
			errx(EXIT_USAGE, "--one reads and records nothing and leaves output alone; leave --%s out",
			    qpool_options[id].name);
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
void
options_check(const struct options *o, const bool seen[])
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
