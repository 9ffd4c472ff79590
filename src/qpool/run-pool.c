/* Invariant: everything that can be found wrong is found before any input is read or any job is started. */
#include "qpool/run-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/message.h"
#include "job/outcome.h"
#include "job/template.h"
#include "output/progress.h"
#include "pool/input.h"
#include "pool/pool.h"
#include "pool/source-lines.h"
#include "pool/source-queue.h"
#include "qpool/files.h"
#include "queue/pipe.h"
#include "queue/queue.h"
#include "sys/os.h"
#include "worker/worker.h"

/* -- Parts --------------------------------------------------------------------------------------------------------- */

static int
open_pipe_queue(const char *path, bool until_eof)
{
	int fd = pipe_open_reader(path, until_eof);

	if (fd == -1 && errno == EWOULDBLOCK)
		message_errx(EXIT_SELF,
		    "%s: another process reads this named pipe, which can have only one reader; use a queue directory",
		    path);
	if (fd == -1)
		message_err(EXIT_SELF, "%s", path);
	return fd;
}

/* The standard input of the workers is /dev/null. */
static void
give_null_input(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null == -1 || dup2(null, STDIN_FILENO) == -1)
		message_err(EXIT_SELF, "/dev/null");
	close(null);
}

/* Opens the source of lines, on another fd than 0. */
static struct input *
open_input(const struct options *o, bool is_pipe_queue, size_t longest)
{
	const char *name = o->queue != NULL ? o->queue : o->input_path != NULL ? o->input_path : "stdin";
	struct input *in;
	int fd;

	if (is_pipe_queue)
		fd = open_pipe_queue(o->queue, o->until_eof);
	else if (o->input_path != NULL)
		fd = open(o->input_path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	else
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	if (fd == -1)
		message_err(EXIT_SELF, "%s", name);
	in = input_new(fd, name, o->delimiter, !o->delimiter_given, longest - 1);
	if (is_pipe_queue)
		input_ends_at_eot(in);
	return in;
}

static struct task_template *
make_template(const struct options *o)
{
	struct task_template *t = template_parse(o->words, o->word_count, o->replace, o->no_template);

	if (o->max_lines > 1 && o->word_count == 0)
		message_errx(EXIT_USAGE, "-n requires a command; without a command, each line is a command of its own");
	if (o->max_lines > 1 && !template_takes_many(t))
		message_errx(EXIT_USAGE,
		    "-n: a placeholder inside a word takes one line; make it a word of its own, or omit -n");
	if ((o->resume || o->resume_failed) && template_uses_slot(t))
		message_errx(
		    EXIT_USAGE, "--resume: a command with {%%} differs from run to run; use $QPOOL_SLOT instead");
	return t;
}

/* The path of the program, if it is the same for all jobs; found before anything is read. */
static char *
find_program(const struct task_template *t)
{
	char *path = NULL;
	int why;

	if (!template_program_is_fixed(t))
		return NULL;
	why = worker_find(template_program(t), &path);
	if (why == ENOENT && strchr(template_program(t), '/') == NULL)
		message_errx(EXIT_NOT_FOUND, "%s: command not found in PATH", template_program(t));
	if (why != 0)
		message_errc(outcome_exec_status(why), why, "%s", template_program(t));
	return path;
}

/* Opens the queue of -Q, before anything is read. NULL: it is a named pipe (*is_pipe), or -Q was not given. */
static struct queue *
open_queue(const struct options *o, bool *is_pipe)
{
	char problem[512];
	struct queue *q;
	struct stat st;

	*is_pipe = o->queue != NULL && stat(o->queue, &st) == 0 && S_ISFIFO(st.st_mode);
	if (o->until_eof && !*is_pipe)
		message_errx(EXIT_USAGE, "--until-eof: %s is not a named pipe; use --until-empty", o->queue);
	if (o->until_empty && *is_pipe)
		message_errx(EXIT_USAGE, "--until-empty: %s is a named pipe; use --until-eof", o->queue);
	if (o->queue == NULL || *is_pipe)
		return NULL;
	if (o->max_lines > 1 || o->delimiter_given)
		message_errx(
		    EXIT_USAGE, "-Q: a queue has tasks, not lines; omit %s", o->max_lines > 1 ? "-n" : "-0 and -d");
	q = queue_open(o->queue, problem, sizeof problem);
	if (q == NULL)
		message_errx(EXIT_SELF, "%s: %s", o->queue, problem);
	return q;
}

static struct progress *
open_progress(const struct options *o)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	bool terminal = isatty(STDERR_FILENO) == 1, plain;

	if (o->progress == PROGRESS_NEVER)
		return NULL;
	if (o->progress == PROGRESS_AUTO && (!terminal || o->quiet || o->verbose || getenv("MAKELEVEL") != NULL))
		return NULL;
	setlocale(LC_CTYPE, "");
	plain = !terminal || term == NULL || *term == '\0' || strcmp(term, "dumb") == 0;
	return progress_new(STDERR_FILENO, plain, no_color == NULL || *no_color == '\0', clock_mono_ns());
}

/* -- The run ------------------------------------------------------------------------------------------------------- */

/* What is opened for a run, in this order. Members are NULL if the run does without them. */
struct run {
	struct task_template *template;
	char *program; /* path, if it is the same for all jobs */
	struct queue *queue;
	struct input *input;
	bool input_is_typed; /* on a terminal */
	char *queue_path;    /* absolute */
	struct resume *resume;
	struct reports *reports;
	struct record_log *log;
	struct progress *progress;
	struct source *source;
};

static void
open_run(struct run *r, const struct options *o)
{
	bool is_pipe_queue;

	*r = (struct run){ .template = make_template(o) };
	r->program = find_program(r->template);
	r->queue = open_queue(o, &is_pipe_queue);
	if (r->queue == NULL)
		r->input = open_input(o, is_pipe_queue, os_longest_argument());
	r->input_is_typed = r->input != NULL && isatty(input_fd(r->input)) == 1;
	r->queue_path = o->queue != NULL ? realpath(o->queue, NULL) : NULL;
	r->resume = files_read_log(o);
	if (!o->dry_run) {
		r->reports = files_open_reports(o);
		r->log = files_open_log(o);
		r->progress = open_progress(o);
	}
	give_null_input();
	r->source = r->queue != NULL ? source_queue_new(r->queue, o->queue, o)
				     : source_lines_new(r->input, o, r->template, r->resume, r->progress != NULL);
}

static void
close_run(struct run *r)
{
	if (r->progress != NULL)
		progress_free(r->progress);
	if (r->resume != NULL)
		resume_free(r->resume);
	source_free(r->source);
	if (r->input != NULL)
		input_free(r->input);
	if (r->queue != NULL)
		queue_free(r->queue);
	free(r->queue_path);
	template_free(r->template);
	free(r->program);
}

int
run_pool(const struct options *o, struct surroundings *around, int *sig)
{
	struct run r;
	struct pool_parts parts;
	struct pool_result result;
	int status;

	open_run(&r, o);
	parts = (struct pool_parts){ .options = o,
		.queue_path = r.queue_path,
		.template = r.template,
		.program = r.program,
		.source = r.source,
		.report = { .log = r.log,
		    .reports = r.reports,
		    .progress = r.progress,
		    .input_is_typed = r.input_is_typed },
		.jobserver = &around->jobserver,
		.progress_to = around->progress_to,
		.worker_makeflags = around->worker_makeflags,
		.slots = surroundings_slots(around, o),
		.serves = o->serve && around->jobserver.mode == JOBSERVER_ABSENT };
	/* -R already prints a line for each job, so text lines beside it need -v. */
	parts.report.text_records = o->verbose || (!o->quiet && o->records == NULL && r.progress == NULL);
	parts.report.failure_records = !o->quiet && o->records == NULL;
	if (pool_run(&parts, &result) == -1) {
		if (errno != 0)
			message_warn("cannot begin");
		exit(EXIT_SELF);
	}
	status = files_end(o, r.log, r.reports, result.status);
	close_run(&r);
	*sig = result.signal;
	return status;
}
