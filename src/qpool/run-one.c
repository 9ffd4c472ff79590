#include "qpool/run-one.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/write-all.h"
#include "cli/message.h"
#include "job/command.h"
#include "job/outcome.h"
#include "jobserver/server.h"
#include "pool/one.h"
#include "qpool/files.h"
#include "qpool/profile.h"
#include "worker/worker.h"

/* Below make -n: prints the command. */
static int
print_one(const struct options *o)
{
	struct command c = { .argv = (char **)o->words, .argc = o->word_count };
	struct buf b = { 0 };

	command_text(&b, &c);
	buf_addc(&b, '\0');
	if (puts(b.data) == EOF || fflush(stdout) == EOF)
		message_err(EXIT_SELF, "stdout");
	buf_free(&b);
	return EXIT_OK;
}

static void
print_profile(const struct profile *p, const struct log_table *t, const struct one_result *result)
{
	struct buf b = { 0 };

	profile_text(&b, p, t, result->user_us + result->sys_us);
	/* An error is ignored: if standard error is closed, nobody could read a message about it. */
	write_all(STDERR_FILENO, b.data, b.len);
	buf_free(&b);
}

/* Prints the profile and writes the reports. -1: not all of it could be done, which was reported. */
static int
end_profile(const struct options *o, struct profile *p, struct reports *r, const struct one_result *result)
{
	struct log_table t = { 0 };
	int status = profile_read(p, &t);

	t.slots = o->serve && o->jobs_given ? o->jobs : profile_slots(o->words);
	if (status == -1)
		message_warn("cannot read the records");
	else if (!o->quiet)
		print_profile(p, &t, result);
	if (status == 0 && r != NULL)
		status = files_write_reports(o, r, &t);
	log_table_free(&t);
	files_discard_reports();
	profile_free(p);
	return status;
}

static struct profile *
begin_profile(const struct options *o, struct surroundings *around)
{
	char problem[PATH_MAX + 256];
	struct profile *p = profile_new(o->log_path, problem, sizeof problem);

	if (p == NULL)
		message_errx(EXIT_SELF, "%s", problem);
	/* profile_new() added to our MAKEFLAGS. */
	surroundings_update(around, o);
	return p;
}

/* Prints what the command did with the tokens that it was given, if that was wrong. */
static void
report_tokens(const struct options *o, const struct one_result *result)
{
	char problem[128];

	served_problem(problem, sizeof problem, result->missing_tokens);
	/* A process that dies of a signal has no time to return its tokens. */
	if (result->missing_tokens != 0 && result->signal == 0 && !o->quiet)
		message_warnx("%s: %s", o->words[0], problem);
	if (*result->escaped != '\0' && !o->quiet)
		message_warnx("%s: %s", o->words[0], result->escaped);
	if (result->token_errno != 0)
		message_warnc(result->token_errno, "jobserver: cannot return a token");
}

/* Runs the command; exits if it cannot be started. */
static void
run_command(const struct options *o, struct surroundings *around, const char *program, struct profile *profile,
    struct one_result *result)
{
	struct one_parts parts = { .options = o,
		.program = program,
		.jobserver = &around->jobserver,
		.progress_to = around->progress_to,
		.worker_makeflags = around->worker_makeflags,
		.slots = surroundings_slots(around, o),
		.serves = o->serve && around->jobserver.mode == JOBSERVER_ABSENT };
	int error;

	if (one_run(&parts, result) == 0)
		return;
	error = errno;
	profile_free(profile);
	message_errc(result->status != 0 ? result->status : EXIT_SELF, error, "%s", o->words[0]);
}

int
run_one(const struct options *o, struct surroundings *around, int *sig)
{
	char *program = NULL;
	int error = worker_find(o->words[0], &program);
	struct reports *reports = NULL;
	struct profile *profile = NULL;
	struct one_result result;

	if (error == ENOENT && strchr(o->words[0], '/') == NULL)
		message_errx(EXIT_NOT_FOUND, "%s: command not found in PATH", o->words[0]);
	if (error != 0)
		message_errc(outcome_exec_status(error), error, "%s", o->words[0]);
	if (o->dry_run) {
		free(program);
		return print_one(o);
	}
	if (o->profile) {
		reports = files_open_reports(o);
		profile = begin_profile(o, around);
	}
	run_command(o, around, program, profile, &result);
	free(program);
	report_tokens(o, &result);
	*sig = result.signal;
	if (profile != NULL && end_profile(o, profile, reports, &result) == -1 && result.status == EXIT_OK)
		result.status = EXIT_SELF;
	return result.status;
}
