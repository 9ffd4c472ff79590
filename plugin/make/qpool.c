/*
 * qpool.so: functions for GNU make, loaded by its `load` (the manual, "Loading Dynamic Objects"; 4.3 and 4.4.1).
 *
 *     $(qpool-shell CMD,CMD,...)  the commands' outputs, side by side on the budget of the build
 *     $(qpool-slots)              how many slots this make has
 *     $(qpool-put QUEUE,TASK)     puts a task; its id
 *     $(qpool-size QUEUE)         how many tasks are ready
 *
 * Invariants: nothing here exits or jumps: what is wrong is said by make's own $(error), which names file and line, when all that a call had is freed. Nothing is kept
 * from call to call. The work is done by the installed programs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnumake.h>

#include "budget.h"
#include "folder.h"
#include "text.h"

#ifndef BINDIR
#define BINDIR "/usr/local/bin"
#endif

/* All other names are hidden, so that they cannot meet those of make or of another object. */
#define VISIBLE __attribute__((visibility("default")))

VISIBLE extern int plugin_is_GPL_compatible;
VISIBLE int qpool_gmk_setup(void);

int plugin_is_GPL_compatible;

/* A text that make's allocator has; the functions' results are such. NULL: nothing, or more than make can take. */
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

/* Ends the make, by make itself, with a line of file, line and `text`. Takes b, which has the text. */
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
	/* The one piece that stays allocated, for make does not come back from it. */
	gmk_free(gmk_expand(error));
	gmk_free(error);
}

/* The program: what the variable says, else the one that was installed with us, else the one of PATH. For gmk_free. */
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

/* What one call of $(qpool-shell) has. */
struct shell {
	const char *name; /* the function's */
	struct folder folder;
	char *program;       /* make's */
	struct buf commands; /* a NUL behind each */
	size_t count;
	struct text_job *jobs;
	struct buf out, log;
	int fds[2]; /* ends of make's pipe that qpool inherits; -1 */
};

static void
shell_free(struct shell *s)
{
	folder_remove(&s->folder);
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

/* The options that keep it to the budget. */
static void
add_budget(struct shell *s, struct buf *b)
{
	struct budget budget;

	budget_read(&budget);
	if (budget.auth.kind == AUTH_FDS) {
		/* make closes its own to what $(shell) starts. */
		s->fds[0] = fcntl(budget.auth.read_fd, F_DUPFD, 10);
		s->fds[1] = fcntl(budget.auth.write_fd, F_DUPFD, 10);
		buf_addf(b, " --jobserver-auth=%d,%d", s->fds[0], s->fds[1]);
	} else if (budget.auth.kind == AUTH_NONE) {
		buf_adds(b, " --jobserver-auth=none");
	}
	/* In a recipe make's own slot may be a job's. */
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
	int done;

	s->program = program_of("QPOOL", "qpool");
	s->fds[0] = s->fds[1] = -1;
	buf_addf(
	    &b, "-q -0 -a %s/in -l %s/log --log-format=tsv --no-template --always", s->folder.path, s->folder.path);
	add_budget(s, &b);
	buf_addc(&b, ' ');
	text_add_words(&b, shell);
	buf_addc(&b, ' ');
	text_add_words(&b, flags);
	buf_addc(&b, '\0');
	done = folder_run(&s->folder, s->program, b.data);
	for (int i = 0; i < 2; i++)
		if (s->fds[i] != -1)
			close(s->fds[i]);
	buf_free(&b);
	gmk_free(shell);
	gmk_free(flags);
	return done;
}

/* In place of a status: the program was not there; or it was, and the disk had no room to tell how it ended. */
enum { NOT_FOUND = -1, NOT_TOLD = -2 };

/* The status that the program ended with, or one of these. */
static int
status_of(const struct folder *f)
{
	struct buf b = { 0 };
	int status = NOT_FOUND;

	if (folder_read(f, "status", &b) == 0) {
		buf_addc(&b, '\0');
		status = b.len == 1 ? NOT_TOLD : atoi(b.data); // NOLINT(cert-err34-c): written by our script
	}
	buf_free(&b);
	return status;
}

/* Is there a record of each command, and all of their output? */
static bool
is_whole(struct shell *s)
{
	uint64_t sum = 0;

	if (folder_read(&s->folder, "out", &s->out) == -1 || folder_read(&s->folder, "log", &s->log) == -1 ||
	    !text_read_log(s->jobs, s->count, s->log.data, s->log.len))
		return false;
	for (size_t i = 0; i < s->count; i++) {
		if (!s->jobs[i].known || s->jobs[i].stopped)
			return false;
		sum += s->jobs[i].out_bytes;
	}
	return sum == s->out.len;
}

/* What could not be started at all, for SHELL is no program: make goes on after that too. */
static bool
has_no_shell(struct shell *s, int status)
{
	if (status != 126 && status != 127)
		return false;
	if (s->log.len > 0)
		return false;
	for (size_t i = 0; i < s->count; i++)
		s->jobs[i].status = (unsigned)status;
	return true;
}

/* .SHELLSTATUS is the highest, QPOOL_STATUS has all. */
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

/* Frees it, and says what is wrong with the program; `why` is an errno when it was not even run. */
static void
fail_shell(struct shell *s, int why, int status)
{
	struct buf b = { 0 };

	if (why != 0)
		buf_addf(&b, "%s: %s: %s", s->name, s->folder.path, strerror(why));
	else if (status == NOT_FOUND)
		buf_addf(&b, "%s: %s was not found; set QPOOL to the path of qpool", s->name, s->program);
	else if (status == NOT_TOLD)
		buf_addf(&b, "%s: %s: how %s ended could not be written there", s->name, s->folder.path, s->program);
	else
		buf_addf(&b, "%s: %s ended with status %d, and not all commands were run", s->name, s->program, status);
	shell_free(s);
	fail(&b);
}

/* What the commands print; NULL after an error. */
static char *
answer(struct shell *s)
{
	char *text = NULL;
	int status;

	s->jobs = calloc(s->count, sizeof *s->jobs);
	if (s->jobs == NULL || folder_write(&s->folder, "in", s->commands.data, s->commands.len) == -1 ||
	    run_commands(s) == -1) {
		fail_shell(s, errno, 0);
		return NULL;
	}
	status = status_of(&s->folder);
	if (!is_whole(s) && !has_no_shell(s, status)) {
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
	if (folder_make(&s.folder) == 0)
		return answer(&s);
	buf_addf(&b, "%s: %s: %s", name, s.folder.path, strerror(errno));
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

/* What qctl printed, without the newline; NULL: `error` says what was wrong. */
static char *
ask_qctl(const struct folder *f, const char *name, const char *arguments, const char *task, struct buf *error)
{
	char *program = program_of("QCTL", "qctl"), *text = NULL;
	struct buf out = { 0 };
	int status;

	if (folder_write(f, "in", task, strlen(task) + 1) == -1 || folder_run(f, program, arguments) == -1) {
		buf_addf(error, "%s: %s: %s", name, f->path, strerror(errno));
	} else if ((status = status_of(f)) == NOT_FOUND) {
		buf_addf(error, "%s: %s was not found; set QCTL to the path of qctl", name, program);
	} else if (status == NOT_TOLD) {
		buf_addf(error, "%s: %s: how %s ended could not be written there", name, f->path, program);
	} else if (status != 0) {
		if (folder_read(f, "err", error) == -1 || error->len == 0)
			buf_addf(error, "%s: %s ended with status %d", name, program, status);
	} else if (folder_read(f, "out", &out) == 0) {
		out.len -= out.len > 0 && out.data[out.len - 1] == '\n';
		text = make_text(&out);
	}
	gmk_free(program);
	buf_free(&out);
	return text;
}

/* Runs qctl; what it says is wrong becomes make's error. */
static char *
run_qctl(const char *name, const char *verb, const char *queue, const char *task)
{
	struct buf arguments = { 0 }, error = { 0 };
	char *text = NULL;
	struct folder f;

	if (folder_make(&f) == -1) {
		buf_addf(&error, "%s: %s: %s", name, f.path, strerror(errno));
	} else {
		buf_addf(&arguments, "%s -- ", verb);
		text_add_quoted(&arguments, queue);
		buf_addf(&arguments, " <%s/in 2>%s/err", f.path, f.path);
		buf_addc(&arguments, '\0');
		text = ask_qctl(&f, name, arguments.data, task, &error);
		folder_remove(&f);
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

/* For qpool.mk: the environment of what $(shell) starts. GNU make from 4.4 on makes its own. */
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
	/* make takes $(NAME) without a blank for a variable, whatever functions there are. */
	gmk_eval("qpool-slots = $(qpool-slots )", NULL);
	return 1;
}
