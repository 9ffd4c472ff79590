/*
 * qpool: the command. main() is its phases; whatever can be found wrong is found before anything is read or started.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "job/command.h"
#include "sys/die.h"
#include "base/escape.h"
#include "pool/one.h"
#include "qpool/options.h"
#include "sys/os.h"
#include "job/outcome.h"
#include "log/page.h"
#include "pool/pool.h"
#include "job/template.h"
#include "jobserver/client.h"
#include "jobserver/server.h"
#include "log/record.h"
#include "log/reports.h"
#include "log/resume.h"
#include "output/progress.h"
#include "pool/input.h"
#include "pool/source-lines.h"
#include "pool/source-queue.h"
#include "queue/queue.h"
#include "qpool/profile.h"
#include "queue/pipe.h"
#include "log/trace-events.h"
#include "base/write-all.h"
#include "worker/worker.h"

static int
open_pipe_queue(const char *path, bool until_eof)
{
	int fd = pipe_open_reader(path, until_eof);

	if (fd == -1 && errno == EWOULDBLOCK)
		errx(EXIT_SELF,
		    "%s: another process reads this named pipe, which has one reader; use a queue directory", path);
	if (fd == -1)
		err(EXIT_SELF, "%s", path);
	return fd;
}

/* The workers find /dev/null as their standard input. */
static void
give_null_input(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null == -1 || dup2(null, STDIN_FILENO) == -1)
		err(EXIT_SELF, "/dev/null");
	close(null);
}

/* The lines' fd is moved away from 0. */
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
		err(EXIT_SELF, "%s", name);
	in = input_new(fd, name, o->delimiter, !o->delimiter_given, longest - 1);
	if (is_pipe_queue)
		input_ends_at_eot(in);
	return in;
}

static struct task_template *
make_template(const struct options *o)
{
	struct task_template *t = template_parse(o->words, o->word_count, o->replace, o->no_template);

	if (o->max_lines > 1 && !template_takes_many(t))
		errx(EXIT_USAGE,
		    "-n: %s takes one line; put the lines' placeholder in a word of its own, or leave -n out",
		    o->word_count == 0 ? "a shell line" : "a placeholder inside a word");
	if ((o->resume || o->resume_failed) && template_uses_slot(t))
		errx(EXIT_USAGE, "--resume: a command with {%%} differs from run to run; use $QPOOL_SLOT in its place");
	return t;
}

/* The program of a fixed word 0, found before anything is read. */
static char *
find_program(const struct task_template *t)
{
	char *path = NULL;
	int why;

	if (!template_program_is_fixed(t))
		return NULL;
	why = worker_find(template_program(t), &path);
	if (why != 0)
		errc(outcome_exec_status(why), why, "%s", template_program(t));
	return path;
}

static struct resume *
read_log(const struct options *o)
{
	struct resume *r;
	uint64_t first, count;

	if (!o->resume && !o->resume_failed)
		return NULL;
	r = resume_read(o->log_path, o->resume_failed, o->word_count == 0);
	if (r == NULL && errno == EINVAL)
		errx(EXIT_SELF, "%s:1: not a log of qpool or GNU parallel; name another file with -l", o->log_path);
	if (r == NULL)
		err(EXIT_SELF, "%s", o->log_path);
	count = resume_skipped(r, &first);
	if (count > 0)
		warnx("%s:%llu: %llu lines make no sense and are passed over; their jobs run again", o->log_path,
		    (unsigned long long)first, (unsigned long long)count);
	return r;
}

static struct record_log *
open_log(const struct options *o)
{
	struct record_log *log;

	if (o->log_path == NULL)
		return NULL;
	log = record_log_open(o->log_path, o->log_format);
	if (log == NULL && errno == EINVAL)
		errx(EXIT_SELF, "%s:1: not a %s log; choose its format with --log-format, or another file", o->log_path,
		    o->log_format->name);
	if (log == NULL)
		err(EXIT_SELF, "%s", o->log_path);
	return log;
}

static void
add_report(struct reports *r, const char *path, report_writer *write)
{
	if (path != NULL && reports_add(r, path, write) == -1)
		err(EXIT_SELF, "%s", path);
}

/* What is begun and not made: where a file cannot be without a name, it would stay when we end early. */
static struct reports *begun;

static void
give_up_reports(void)
{
	reports_free(begun);
	begun = NULL;
}

/* What is to be made at the end; before anything is done, so that a place where it cannot be written is found. */
static struct reports *
open_reports(const struct options *o)
{
	struct reports *r;

	if (o->html_path == NULL && o->trace_path == NULL)
		return NULL;
	r = reports_new();
	if (r == NULL)
		err(EXIT_SELF, "a temporary file for the records (TMPDIR)");
	begun = r;
	if (atexit(give_up_reports) != 0)
		errx(EXIT_SELF, "atexit: %s", strerror(ENOMEM));
	add_report(r, o->html_path, page_write);
	add_report(r, o->trace_path, trace_events_write);
	return r;
}

static void
say_report(const char *path, int error)
{
	warnc(error, "%s: could not be made", path);
}

/* They are named by the command line. `t`: of these records, NULL: of those that the reports kept. -1 if one could not be made, which was said. */
static int
write_reports(const struct options *o, struct reports *r, const struct log_table *t)
{
	struct command c = { .argv = o->argv, .argc = o->argc };
	struct buf title = { 0 };
	int result;

	command_text(&title, &c);
	buf_addc(&title, '\0');
	result =
	    t != NULL ? reports_write_table(r, t, title.data, say_report) : reports_write(r, title.data, say_report);
	buf_free(&title);
	return result;
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

/* What our environment says of the make above us, and of its jobserver. */
static void
read_makeflags(struct jobserver_auth *a)
{
	struct jobserver_auth cargo;

	jobserver_auth_parse(a, getenv("MAKEFLAGS"));
	if (a->kind != AUTH_NONE)
		return;
	/* What cargo hands to its build scripts. */
	jobserver_auth_parse(&cargo, getenv("CARGO_MAKEFLAGS"));
	a->kind = cargo.kind;
	a->read_fd = cargo.read_fd;
	a->write_fd = cargo.write_fd;
	a->path = cargo.path;
}

static void
join_jobserver(struct jobserver *s, const struct options *o, struct jobserver_auth *a)
{
	bool from_make = getenv("MAKELEVEL") != NULL;
	char problem[PATH_MAX + 256];

	if (o->auth != NULL) {
		struct jobserver_auth none = { .kind = AUTH_NONE, .jobs = JOBS_ABSENT };

		jobserver_auth_free(a);
		*a = none;
		from_make = false;
		if (strcmp(o->auth, "none") != 0)
			jobserver_auth_read(a, o->auth);
	}
	jobserver_join(s, a, from_make, problem, sizeof problem);
	if (*problem != '\0')
		warnx("%s", problem);
	/* Where there are no tokens its slot is all that there is. */
	s->beside = s->mode == JOBSERVER_JOINED ? o->beside : 0;
}

/*
 * What the workers are told in place of our MAKEFLAGS, where that would name a jobserver that is not there, or not the one of --jobserver-auth: NULL
 * else. The caller frees.
 */
static char *
workers_makeflags(const struct options *o, const struct jobserver *s, const struct jobserver_auth *a)
{
	struct buf b = { 0 }, ours = { 0 };

	if (a->kind == AUTH_NONE || (s->inherited && o->auth == NULL))
		return NULL;
	if (s->inherited)
		buf_addf(&ours, "-j --jobserver-auth=%s", o->auth);
	else
		buf_adds(&ours, "-j1");
	buf_addc(&ours, '\0');
	jobserver_auth_replace(&b, getenv("MAKEFLAGS"), ours.data);
	buf_free(&ours);
	buf_addc(&b, '\0');
	return b.data;
}

/* -j, bounded by a make's own; without one what the jobserver grants, else the CPUs. 0: no bound but tokens. */
static unsigned
slots(const struct options *o, const struct jobserver *s)
{
	unsigned most = o->jobs_given ? o->jobs : s->mode == JOBSERVER_ABSENT && s->budget == 0 ? os_cpu_count() : 0;

	if (s->mode == JOBSERVER_ABSENT && s->budget != 0 && (most == 0 || most > s->budget))
		return s->budget;
	return most;
}

/* What was found and joined before anything is opened. */
struct surroundings {
	struct jobserver *jobserver;
	const struct jobserver_auth *auth;
	char *makeflags; /* of workers_makeflags */
	int progress_to;
};

/* Its kind, before anything is read. The queue that is no pipe is opened; else NULL. */
static struct queue *
open_queue(const struct options *o, bool *is_pipe)
{
	char problem[512];
	struct queue *q;
	struct stat st;

	*is_pipe = o->queue != NULL && stat(o->queue, &st) == 0 && S_ISFIFO(st.st_mode);
	if (o->until_eof && !*is_pipe)
		errx(EXIT_USAGE, "--until-eof: %s is no named pipe; use --until-empty", o->queue);
	if (o->until_empty && *is_pipe)
		errx(EXIT_USAGE, "--until-empty: %s is a named pipe; use --until-eof", o->queue);
	if (o->queue == NULL || *is_pipe)
		return NULL;
	if (o->max_lines > 1 || o->delimiter_given)
		errx(EXIT_USAGE, "-Q: a queue has tasks, not lines; leave %s out",
		    o->max_lines > 1 ? "-n" : "-0 and -d");
	q = queue_open(o->queue, problem, sizeof problem);
	if (q == NULL)
		errx(EXIT_SELF, "%s: %s", o->queue, problem);
	return q;
}

/* Closes the log and makes the reports. What becomes of a status then. */
static int
end_files(const struct options *o, struct record_log *log, struct reports *reports, int status)
{
	if (log != NULL && record_log_close(log) == -1) {
		warn("%s", o->log_path);
		status = EXIT_SELF;
	}
	/* That jobs failed says more than that it cannot be looked at. */
	if (reports != NULL && write_reports(o, reports, NULL) == -1 && status == EXIT_OK)
		status = EXIT_SELF;
	give_up_reports();
	return status;
}

/* The pool: lines of input, or tasks of a queue, as jobs. */
static int
run_pool(const struct options *o, struct surroundings *around, int *sig)
{
	struct jobserver *jobserver = around->jobserver;
	struct task_template *template = make_template(o);
	char *program = find_program(template);
	bool is_pipe_queue;
	struct queue *queue = open_queue(o, &is_pipe_queue);
	struct input *input = queue == NULL ? open_input(o, is_pipe_queue, os_longest_argument()) : NULL;
	char *queue_path = o->queue != NULL ? realpath(o->queue, NULL) : NULL;
	struct resume *resume = read_log(o);
	struct reports *reports = o->dry_run ? NULL : open_reports(o);
	struct record_log *log = o->dry_run ? NULL : open_log(o);
	struct progress *progress = o->dry_run ? NULL : open_progress(o);
	struct pool_parts parts = { .options = o,
		.queue_path = queue_path,
		.template = template,
		.program = program,
		.report = { .log = log, .reports = reports, .progress = progress },
		.jobserver = jobserver,
		.progress_to = around->progress_to,
		.worker_makeflags = around->makeflags,
		.slots = slots(o, jobserver),
		.serves = o->serve && jobserver->mode == JOBSERVER_ABSENT };
	struct pool_result result;

	give_null_input();
	parts.source = queue != NULL ? source_queue_new(queue, o->queue, o)
				     : source_lines_new(input, o, template, resume, progress != NULL);
	/* -R is a line a job already; the text lines beside it are for who asks. */
	parts.report.text_records = o->verbose || (!o->quiet && o->records == NULL && progress == NULL);
	parts.report.failure_records = !o->quiet && o->records == NULL;
	if (pool_run(&parts, &result) == -1) {
		if (errno != 0)
			warn("cannot begin");
		exit(EXIT_SELF);
	}
	result.status = end_files(o, log, reports, result.status);
	if (progress != NULL)
		progress_free(progress);
	if (resume != NULL)
		resume_free(resume);
	source_free(parts.source);
	if (input != NULL)
		input_free(input);
	if (queue != NULL)
		queue_free(queue);
	free(queue_path);
	template_free(template);
	free(program);
	*sig = result.signal;
	return result.status;
}

/* Below make -n. */
static int
print_one(const struct options *o)
{
	struct command c = { .argv = (char **)o->words, .argc = o->word_count };
	struct buf b = { 0 };

	command_text(&b, &c);
	buf_addc(&b, '\0');
	if (puts(b.data) == EOF || fflush(stdout) == EOF)
		err(EXIT_SELF, "stdout");
	buf_free(&b);
	return EXIT_OK;
}

static void
print_profile(const struct profile *p, const struct log_table *t, const struct one_result *result)
{
	struct buf b = { 0 };

	profile_text(&b, p, t, result->user_us + result->sys_us);
	/* stderr that is closed has nobody who reads it. */
	write_all(STDERR_FILENO, b.data, b.len);
	buf_free(&b);
}

/* Prints what was recorded, and makes the files. -1: it could not all be had, which was said. */
static int
end_profile(const struct options *o, struct profile *p, struct reports *r, const struct one_result *result)
{
	struct log_table t = { 0 };
	int status = profile_read(p, &t);

	t.slots = o->serve && o->jobs_given ? o->jobs : profile_slots(o->words);
	if (status == -1)
		warn("the records cannot be read");
	else if (!o->quiet)
		print_profile(p, &t, result);
	if (status == 0 && r != NULL)
		status = write_reports(o, r, &t);
	log_table_free(&t);
	give_up_reports();
	profile_free(p);
	return status;
}

/* The files are begun before anything runs, as for a pool. */
static struct profile *
begin_profile(const struct options *o, struct surroundings *around)
{
	char problem[PATH_MAX + 256];
	struct profile *p = profile_new(o->log_path, problem, sizeof problem);

	if (p == NULL)
		errx(EXIT_SELF, "%s", problem);
	/* With what the profile has put into ours. */
	free(around->makeflags);
	around->makeflags = workers_makeflags(o, around->jobserver, around->auth);
	return p;
}

static int
run_one(const struct options *o, struct surroundings *around, int *sig)
{
	struct jobserver *jobserver = around->jobserver;
	char *program = NULL, problem[128];
	int why = worker_find(o->words[0], &program), saved;
	struct reports *reports = NULL;
	struct profile *profile = NULL;
	struct one_parts parts = { .options = o,
		.program = program,
		.jobserver = jobserver,
		.progress_to = around->progress_to,
		.slots = slots(o, jobserver),
		.serves = o->serve && jobserver->mode == JOBSERVER_ABSENT };
	struct one_result result;

	if (why != 0)
		errc(outcome_exec_status(why), why, "%s", o->words[0]);
	if (o->dry_run) {
		free(program);
		return print_one(o);
	}
	if (o->profile) {
		reports = open_reports(o);
		profile = begin_profile(o, around);
	}
	parts.worker_makeflags = around->makeflags;
	if (one_run(&parts, &result) == -1) {
		saved = errno;
		profile_free(profile);
		errc(result.status != 0 ? result.status : EXIT_SELF, saved, "%s", o->words[0]);
	}
	served_problem(problem, sizeof problem, result.missing_tokens);
	/* Who dies of a signal has no time to give back. */
	if (result.missing_tokens != 0 && result.signal == 0 && !o->quiet)
		warnx("%s: %s", o->words[0], problem);
	if (result.token_errno != 0)
		warnc(result.token_errno, "jobserver: cannot return a token");
	free(program);
	*sig = result.signal;
	if (profile != NULL && end_profile(o, profile, reports, &result) == -1 && result.status == EXIT_OK)
		result.status = EXIT_SELF;
	return result.status;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct jobserver_auth auth;
	struct jobserver jobserver;
	struct surroundings around = { .jobserver = &jobserver, .auth = &auth };
	int status, sig = 0;

	if (os_guard_standard() == -1)
		_exit(EXIT_SELF);
	/* A file-size limit is told by write(2), and must not end us in the middle of a job. */
	signal(SIGXFSZ, SIG_IGN);
	options_parse(argc, argv, &o);
	read_makeflags(&auth);
	/* A recipe with `+` is run by make -q and -t too, which are not to change anything. */
	if (!o.always && (auth.question || auth.touch))
		return auth.question ? EXIT_SELF : EXIT_OK;
	o.dry_run = auth.dry_run && !o.always;
	/* Before any file of ours could stand where MAKEFLAGS says the jobserver is, or take the last digit. */
	around.progress_to = worker_reserve_fd(auth.read_fd, auth.write_fd);
	if (around.progress_to == -1)
		err(EXIT_SELF, "/dev/null");
	join_jobserver(&jobserver, &o, &auth);
	around.makeflags = workers_makeflags(&o, &jobserver, &auth);
	status = (o.one ? run_one : run_pool)(&o, &around, &sig);
	jobserver_leave(&jobserver);
	jobserver_auth_free(&auth);
	free(around.makeflags);
	if (sig != 0)
		die_of(sig);
	return status;
}
