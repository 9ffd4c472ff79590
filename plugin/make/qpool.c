/*
 * qpool.so: functions for GNU make, loaded by its `load` (GNU make manual, "Loading Dynamic Objects"; 4.3 and 4.4.1).
 *
 *     $(qpool-shell CMD,CMD,...)  the outputs of the commands, run in parallel within the budget of the build
 *     $(qpool-slots)              the number of slots of this make
 *     $(qpool-put QUEUE,TASK)     puts a task, and returns its id
 *     $(qpool-size QUEUE)         the number of ready tasks
 *
 * Invariants: nothing here exits or jumps. Errors are reported by make's own $(error), which names file and line, after
 * everything that the call allocated has been freed. Nothing is kept from call to call. The installed programs do the
 * work.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnumake.h>

#include "budget.h"
#include "directory.h"
#include "text.h"

#ifndef BINDIR
#define BINDIR "/usr/local/bin"
#endif

/* All other names are hidden, so that they cannot clash with those of make or of another object. */
#define VISIBLE __attribute__((visibility("default")))

VISIBLE extern int plugin_is_GPL_compatible;
VISIBLE int qpool_gmk_setup(void);

int plugin_is_GPL_compatible;

/* Copies b with make's allocator, as the result of a function has to be. NULL if it is too long for make. */
static char *
make_text(const struct buf *b)
{
	char *text = b->len < UINT_MAX ? gmk_alloc((unsigned)b->len + 1) : NULL;

	if (text == NULL)
		return NULL;
	if (b->len > 0)
		memcpy(text, b->data, b->len);
	text[b->len] = '\0';
	return text;
}

/* Ends the make through $(error), which prints file, line and `text`. Frees text. */
static void
fail(struct buf *text)
{
	struct buf b = { 0 };
	char *error;

	buf_adds(&b, "$(error ");
	text_add_message(&b, text->data, text->len);
	buf_addc(&b, ')');
	buf_addc(&b, '\0');
	error = make_text(&b);
	buf_free(&b);
	buf_free(text);
	if (error == NULL)
		return;
	/* make does not return from here, so `error` is the only memory that stays allocated. */
	gmk_free(gmk_expand(error));
	gmk_free(error);
}

/*
 * Returns the value of the variable, else the program installed with this object, else the name. Free it with
 * gmk_free.
 */
static char *
program_of(const char *variable, const char *name)
{
	struct buf b = { 0 };
	char *program;

	buf_addf(&b, "$(if $(filter undefined,$(origin %s)),,$(strip $(%s)))", variable, variable);
	buf_addc(&b, '\0');
	program = gmk_expand(b.data);
	if (program == NULL || *program == '\0') {
		if (program != NULL)
			gmk_free(program);
		b.len = 0;
		buf_addf(&b, BINDIR "/%s", name);
		buf_addc(&b, '\0');
		if (access(b.data, X_OK) == -1) {
			b.len = 0;
			buf_adds(&b, name);
			buf_addc(&b, '\0');
		}
		b.len--;
		program = make_text(&b);
	}
	buf_free(&b);
	return program;
}

/* One call of $(qpool-shell). */
struct shell {
	const char *name; /* of the function */
	struct directory directory;
	char *program;       /* qpool; allocated by make */
	struct buf commands; /* each with a NUL after it */
	size_t count;
	struct text_job *jobs;
	struct buf out, log;
	int fds[2]; /* both ends of make's pipe, for qpool to inherit; -1 */
};

static void
shell_free(struct shell *s)
{
	directory_remove(&s->directory);
	buf_free(&s->commands);
	buf_free(&s->out);
	buf_free(&s->log);
	free(s->jobs);
	if (s->program != NULL)
		gmk_free(s->program);
}

static void
collect(struct shell *s, unsigned argc, char **argv)
{
	char *shell = gmk_expand("$(SHELL)"), *flags = gmk_expand("$(.SHELLFLAGS)");
	bool plain = text_is_plain(shell, flags);

	gmk_free(shell);
	gmk_free(flags);
	for (unsigned i = 0; i < argc; i++)
		s->count += text_add_commands(&s->commands, argv[i], plain);
}

/* Appends the options that make qpool use the budget of this make. */
static void
add_budget(struct shell *s, struct buf *b)
{
	struct budget budget;

	budget_read(&budget);
	if (budget.auth.kind == AUTH_FDS) {
		/* make marks its own fds close-on-exec for $(shell), so qpool gets copies. */
		s->fds[0] = fcntl(budget.auth.read_fd, F_DUPFD, 10);
		s->fds[1] = fcntl(budget.auth.write_fd, F_DUPFD, 10);
		buf_addf(b, " --jobserver-auth=%d,%d", s->fds[0], s->fds[1]);
	} else if (budget.auth.kind == AUTH_NONE) {
		buf_adds(b, " --jobserver-auth=none");
	}
	/* In a recipe, the slot that make has without a token may be in use by a job. */
	if (budget.auth.kind != AUTH_NONE)
		buf_addf(b, " --beside=%ld", (long)getpid());
	if (budget.auth.jobs > 0)
		buf_addf(b, " -j%d", budget.auth.jobs);
	budget_free(&budget);
}

static int
run_commands(struct shell *s)
{
	char *shell = gmk_expand("$(SHELL)"), *flags = gmk_expand("$(.SHELLFLAGS)");
	struct buf b = { 0 };
	int result;

	s->program = program_of("QPOOL", "qpool");
	s->fds[0] = s->fds[1] = -1;
	buf_addf(&b, "-q -0 -a %s/in -l %s/log --log-format=tsv --no-template --always", s->directory.temp.path,
	    s->directory.temp.path);
	add_budget(s, &b);
	buf_addc(&b, ' ');
	text_add_words(&b, shell);
	buf_addc(&b, ' ');
	text_add_words(&b, flags);
	buf_addc(&b, '\0');
	result = directory_run(&s->directory, s->program, b.data);
	for (int i = 0; i < 2; i++)
		if (s->fds[i] != -1)
			close(s->fds[i]);
	buf_free(&b);
	gmk_free(shell);
	gmk_free(flags);
	return result;
}

/* In place of a status: the program was not found; or the disk was too full to write the status. */
enum { NOT_FOUND = -1, NOT_WRITTEN = -2 };

/* Returns the exit status of the program, or one of the above. */
static int
status_of(const struct directory *d)
{
	struct buf b = { 0 };
	int status = NOT_FOUND;

	if (directory_read(d, "status", &b) == 0) {
		buf_addc(&b, '\0');
		status = b.len == 1 ? NOT_WRITTEN : atoi(b.data); // NOLINT(cert-err34-c): written by our script
	}
	buf_free(&b);
	return status;
}

/* Does the log have a record of each command, and is all of their output there? */
static bool
is_complete(struct shell *s)
{
	uint64_t sum = 0;

	if (directory_read(&s->directory, "out", &s->out) == -1 ||
	    directory_read(&s->directory, "log", &s->log) == -1 ||
	    !text_read_log(s->jobs, s->count, s->log.data, s->log.len))
		return false;
	for (size_t i = 0; i < s->count; i++) {
		if (!s->jobs[i].known || s->jobs[i].stopped)
			return false;
		sum += s->jobs[i].out_bytes;
	}
	return sum == s->out.len;
}

/* Could no command be started because SHELL cannot be executed? make continues after that too. */
static bool
shell_failed(struct shell *s, int status)
{
	if (status != 126 && status != 127)
		return false;
	if (s->log.len > 0)
		return false;
	for (size_t i = 0; i < s->count; i++)
		s->jobs[i].status = (unsigned)status;
	return true;
}

/* .SHELLSTATUS becomes the highest status, QPOOL_STATUS the list of all. */
static void
set_status(const struct shell *s)
{
	struct buf b = { 0 };
	unsigned highest = 0;

	buf_adds(&b, "override QPOOL_STATUS :=");
	for (size_t i = 0; i < s->count; i++) {
		highest = s->jobs[i].status > highest ? s->jobs[i].status : highest;
		buf_addf(&b, " %u", s->jobs[i].status);
	}
	buf_addf(&b, "\noverride .SHELLSTATUS := %u\n", highest);
	buf_addc(&b, '\0');
	gmk_eval(b.data, NULL);
	buf_free(&b);
}

static char *
join(const struct shell *s)
{
	struct buf b = { 0 };
	uint64_t at = 0;
	char *text;

	for (size_t i = 0; i < s->count; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		if (s->jobs[i].out_bytes > 0)
			text_fold(&b, s->out.data + at, (size_t)s->jobs[i].out_bytes);
		at += s->jobs[i].out_bytes;
	}
	text = make_text(&b);
	buf_free(&b);
	return text;
}

/* Frees s and reports why the program failed; `why` is an errno if it was not run at all, else 0. */
static void
fail_shell(struct shell *s, int why, int status)
{
	struct buf b = { 0 };

	if (why != 0)
		buf_addf(&b, "%s: %s: %s", s->name, s->directory.temp.path, strerror(why));
	else if (status == NOT_FOUND)
		buf_addf(&b, "%s: %s: not found; set QPOOL to the path of qpool", s->name, s->program);
	else if (status == NOT_WRITTEN)
		buf_addf(&b, "%s: %s: cannot write the exit status of %s", s->name, s->directory.temp.path, s->program);
	else
		buf_addf(&b, "%s: %s exited with status %d before all commands were run", s->name, s->program, status);
	shell_free(s);
	fail(&b);
}

/* Runs the commands and returns their output. Frees s. NULL after an error. */
static char *
run_and_join(struct shell *s)
{
	char *text = NULL;
	int status;

	s->jobs = calloc(s->count, sizeof *s->jobs);
	if (s->jobs == NULL || directory_write(&s->directory, "in", s->commands.data, s->commands.len) == -1 ||
	    run_commands(s) == -1) {
		fail_shell(s, errno, 0);
		return NULL;
	}
	status = status_of(&s->directory);
	if (!is_complete(s) && !shell_failed(s, status)) {
		fail_shell(s, 0, status);
		return NULL;
	}
	set_status(s);
	text = join(s);
	shell_free(s);
	return text;
}

static char *
run_shell(const char *name, unsigned argc, char **argv)
{
	struct shell s = { .name = name };
	struct buf b = { 0 };

	collect(&s, argc, argv);
	if (s.count == 0) {
		buf_free(&s.commands);
		return NULL;
	}
	if (directory_make(&s.directory) == 0)
		return run_and_join(&s);
	buf_addf(&b, "%s: temporary directory (TMPDIR): %s", name, strerror(errno));
	buf_free(&s.commands);
	fail(&b);
	return NULL;
}

static char *
count_slots(const char *name, unsigned argc, char **argv)
{
	struct budget budget;
	struct buf b = { 0 };
	char *text;

	(void)name, (void)argc, (void)argv;
	budget_read(&budget);
	buf_addf(&b, "%d", budget_slots(&budget));
	budget_free(&budget);
	text = make_text(&b);
	buf_free(&b);
	return text;
}

/* Returns what qctl printed, without the newline; NULL with the reason in `error`. */
static char *
ask_qctl(const struct directory *d, const char *name, const char *arguments, const char *task, struct buf *error)
{
	char *program = program_of("QCTL", "qctl"), *text = NULL;
	struct buf out = { 0 };
	int status;

	if (directory_write(d, "in", task, strlen(task) + 1) == -1 || directory_run(d, program, arguments) == -1) {
		buf_addf(error, "%s: %s: %s", name, d->temp.path, strerror(errno));
	} else if ((status = status_of(d)) == NOT_FOUND) {
		buf_addf(error, "%s: %s: not found; set QCTL to the path of qctl", name, program);
	} else if (status == NOT_WRITTEN) {
		buf_addf(error, "%s: %s: cannot write the exit status of %s", name, d->temp.path, program);
	} else if (status != 0) {
		if (directory_read(d, "err", error) == -1 || error->len == 0)
			buf_addf(error, "%s: %s exited with status %d", name, program, status);
	} else if (directory_read(d, "out", &out) == 0) {
		out.len -= out.len > 0 && out.data[out.len - 1] == '\n';
		text = make_text(&out);
	}
	gmk_free(program);
	buf_free(&out);
	return text;
}

/* Runs qctl; its error message becomes make's. */
static char *
run_qctl(const char *name, const char *verb, const char *queue, const char *task)
{
	struct buf arguments = { 0 }, error = { 0 };
	char *text = NULL;
	struct directory d;

	if (directory_make(&d) == -1) {
		buf_addf(&error, "%s: temporary directory (TMPDIR): %s", name, strerror(errno));
	} else {
		buf_addf(&arguments, "%s -- ", verb);
		text_add_quoted(&arguments, queue);
		buf_addf(&arguments, " <%s/in 2>%s/err", d.temp.path, d.temp.path);
		buf_addc(&arguments, '\0');
		text = ask_qctl(&d, name, arguments.data, task, &error);
		directory_remove(&d);
		buf_free(&arguments);
	}
	if (text == NULL)
		fail(&error);
	return text;
}

static char *
put(const char *name, unsigned argc, char **argv)
{
	(void)argc;
	return run_qctl(name, "put -0", argv[0], argv[1]);
}

static char *
count_tasks(const char *name, unsigned argc, char **argv)
{
	(void)argc;
	return run_qctl(name, "size", argv[0], "");
}

/* For qpool.mk: sets a variable in the environment of $(shell). GNU make 4.4 and later export variables to it. */
static char *
set_environment(const char *name, unsigned argc, char **argv)
{
	struct buf error = { 0 };

	(void)argc;
	if (setenv(argv[0], argv[1], 1) == -1) {
		buf_addf(&error, "%s: %s: %s", name, argv[0], strerror(errno));
		fail(&error);
	}
	return NULL;
}

int
qpool_gmk_setup(void)
{
	gmk_add_function("qpool-shell", run_shell, 0, 0, GMK_FUNC_DEFAULT);
	gmk_add_function("qpool-slots", count_slots, 0, 1, GMK_FUNC_DEFAULT);
	gmk_add_function("qpool-put", put, 2, 2, GMK_FUNC_DEFAULT);
	gmk_add_function("qpool-size", count_tasks, 1, 1, GMK_FUNC_DEFAULT);
	gmk_add_function("qpool-setenv", set_environment, 2, 2, GMK_FUNC_DEFAULT);
	/* make reads $(NAME) without a blank as a variable, even if a function has this name. */
	gmk_eval("qpool-slots = $(qpool-slots )", NULL);
	return 1;
}
