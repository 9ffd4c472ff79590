/*
 * GNU make reads options and variables for all makes below from MAKEFLAGS, so nothing else is needed: it works whether
 * the command is a make, a script or another tool that starts one. Seen with make 4.3 and 4.4.1, which both pass it on
 * to their sub-makes.
 *
 *   SHELL := qpool-sh           in each makefile, before it is read: one that sets SHELL itself keeps its own shell
 *   export QPOOL_TARGET = ...   expanded for each recipe: the target; where SHELL is another one, a line in the notes
 *
 * Invariants: the directory contains nothing but the files named here, and no character that we put into MAKEFLAGS
 * means anything to make.
 */
#include "qpool/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "job/oneshell.h"
#include "log/sums.h"
#include "base/mem.h"
#include "log/record.h"
#include "base/value.h"
#include "sys/owner-only.h"
#include "sys/temp-dir.h"
#include "worker/keeper.h"
#include "worker/worker.h"

enum { MOST_GAPS = 5 }; /* makefiles that are listed */

/* Bytes that mean nothing to make, anywhere in a path. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@";

/* The files of the directory. */
#define SHELL_NAME "qpool-sh" /* a link */
#define LOG_NAME "log.jsonl"
#define NOTES_NAME "notes"

struct profile {
	struct temp_dir directory;
	struct keeper *keeper; /* owned; it removes the directory if this process is killed */
	char *shell;           /* owned: qpool-sh, as a plain path */
	char *log;             /* owned: an absolute path */
	char *notes;           /* owned */
	off_t start;           /* the offset at which this run's records begin */
};

static bool
is_plain(const char *path)
{
	return *path == '/' && path[strspn(path, plain)] == '\0';
}

static char *
joined(const char *directory, const char *name)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s/%s", directory, name);
	buf_addc(&b, '\0');
	return b.data;
}

/* Looks in the directory of our own program, then in PATH. NULL with errno. */
static char *
find_shell(void)
{
	char own[PATH_MAX], *slash, *path;
	ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);
	int why;

	if (len > 0) {
		own[len] = '\0';
		slash = strrchr(own, '/');
		*slash = '\0';
		path = joined(own, "qpool-sh");
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	why = worker_find("qpool-sh", &path);
	if (why == 0)
		return path;
	errno = why;
	return NULL;
}

/* Sets a path that make can use in any case: a link, if qpool-sh's own path is not plain. -1 with errno. */
static int
set_shell(struct profile *p)
{
	char *path = find_shell(), full[PATH_MAX];
	bool is_full = path != NULL && realpath(path, full) != NULL;

	free(path);
	if (!is_full)
		return -1;
	p->shell = is_plain(full) ? mem_strdup(full) : joined(p->directory.path, SHELL_NAME);
	return is_plain(full) ? 0 : symlinkat(full, p->directory.fd, SHELL_NAME);
}

static bool
is_ours(const char *name, mode_t mode)
{
	return (S_ISREG(mode) && (strcmp(name, LOG_NAME) == 0 || strcmp(name, NOTES_NAME) == 0)) ||
	    (S_ISLNK(mode) && strcmp(name, SHELL_NAME) == 0);
}

/* Makes the directory, and starts the keeper that removes it if this process is killed. -1 with errno. */
static int
make_directory(struct profile *p)
{
	struct keeper_charge charge = { .token_fd = -1, .lock_fd = -1, .claim_fd = -1, .directory = &p->directory };
	const char *parent = getenv("TMPDIR");

	/* make runs the shell by its name in the directory, so that no other user may replace that. */
	if (parent == NULL || !is_plain(parent) || access(parent, W_OK | X_OK) == -1 || !temp_dir_is_safe(parent))
		parent = "/tmp";
	if (temp_dir_make(&p->directory, parent, is_ours) == -1)
		return -1;
	p->keeper = keeper_start(0, &charge);
	return p->keeper == NULL ? -1 : 0;
}

/* Makes an empty file in the directory. -1 with errno. */
static int
make_file(const struct profile *p, const char *name)
{
	int fd = owner_open(p->directory.fd, name, O_WRONLY | O_EXCL);

	return fd == -1 ? -1 : close(fd);
}

/* Creates or checks the log, and ends a torn last line, as for any run. -1 with errno. */
static int
open_log(struct profile *p, const char *path)
{
	char *own = path == NULL ? joined(p->directory.path, LOG_NAME) : NULL, full[PATH_MAX];
	bool is_made = path != NULL || make_file(p, LOG_NAME) == 0, is_full;
	struct record_log *log = is_made ? record_log_open(path == NULL ? own : path, &record_jsonl) : NULL;
	struct stat st;

	is_full = log != NULL && realpath(path == NULL ? own : path, full) != NULL;
	free(own);
	if (log == NULL || record_log_close(log) == -1 || !is_full || stat(full, &st) == -1)
		return -1;
	p->start = st.st_size;
	p->log = mem_strdup(full);
	if (S_ISREG(st.st_mode))
		return 0;
	errno = ESPIPE;
	return -1;
}

/* Appends the text as a word of MAKEFLAGS, quoted as make quotes it. */
static void
add_word(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '$')
			buf_addc(b, '$');
		if (*text == ' ' || *text == '\t' || *text == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *text);
	}
}

/* Appends the two --eval options, each after a blank. */
static void
add_evals(struct buf *b, const struct profile *p)
{
	const char *real = getenv("QPOOL_REAL_SHELL");
	struct buf text = { 0 };

	/*
	 * A shell that does not exist, as in a chroot, is not used. QPOOL_REAL_SHELL asks for makefiles that set SHELL
	 * to be recorded too.
	 */
	buf_addf(&text, "%sSHELL := $(or $(wildcard %s),$(SHELL))", real != NULL && *real != '\0' ? "override " : "",
	    p->shell);
	buf_addc(&text, '\0');
	buf_adds(b, " --eval=");
	add_word(b, text.data);
	text.len = 0;
	/* make would exit if it could not open the file. */
	buf_addf(&text,
	    "export QPOOL_TARGET = $@$(if $(filter-out %s,$(SHELL)),$(if $(wildcard $(QPOOL_NOTES)),"
	    "$(file >>$(QPOOL_NOTES),$(SHELL)\t$(CURDIR)\t$(firstword $(MAKEFILE_LIST))\t$@)))",
	    p->shell);
	buf_addc(&text, '\0');
	buf_adds(b, " --eval=");
	add_word(b, text.data);
	buf_free(&text);
}

/* Does it end in the word after which options are not allowed? */
static bool
is_ended(const char *makeflags)
{
	size_t len = strlen(makeflags);

	return strcmp(makeflags, "--") == 0 || (len > 2 && strcmp(makeflags + len - 3, " --") == 0);
}

/* Options go before the variables, and after the letters with which MAKEFLAGS may begin. */
static void
add_makeflags(struct buf *b, const struct profile *p)
{
	const char *ours = getenv("MAKEFLAGS"), *variables;

	if (ours == NULL)
		ours = "";
	variables = strncmp(ours, "-- ", 3) == 0 ? ours : strstr(ours, " -- ");
	if (variables == NULL)
		variables = ours + strlen(ours) - (is_ended(ours) ? 2 : 0);
	buf_add(b, ours, (size_t)(variables - ours));
	add_evals(b, p);
	if (*variables == '-')
		buf_addc(b, ' ');
	buf_adds(b, variables);
	buf_addc(b, '\0');
}

static int
change_environment(const struct profile *p)
{
	struct buf makeflags = { 0 };
	int result;

	add_makeflags(&makeflags, p);
	result = setenv("MAKEFLAGS", makeflags.data, 1);
	buf_free(&makeflags);
	if (result == -1 || setenv("QPOOL_LOG", p->log, 1) == -1 || setenv("QPOOL_NOTES", p->notes, 1) == -1)
		return -1;
	/* The line of a make above us is in another log. */
	if (unsetenv("QPOOL_LINE") == -1)
		return -1;
	return unsetenv("QPOOL_TARGET");
}

static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Is QPOOL_REAL_SHELL unset, or a program? Otherwise qpool-sh could run no line. False with errno. */
static bool
has_real_shell(void)
{
	const char *real = getenv("QPOOL_REAL_SHELL");
	char *path = NULL;

	errno = real == NULL || *real == '\0' ? 0 : worker_find(real, &path);
	if (errno != 0)
		return false;
	free(path);
	return true;
}

/* Returns what failed, with errno; NULL: success. */
static const char *
prepare(struct profile *p, const char *log_path)
{
	if (!has_real_shell())
		return "QPOOL_REAL_SHELL: it must name one program, without arguments";
	if (make_directory(p) == -1)
		return "temporary directory (TMPDIR)";
	if (set_shell(p) == -1)
		return "qpool-sh";
	if (open_log(p, log_path) == -1)
		return log_path == NULL ? "temporary log (TMPDIR)" : log_path;
	p->notes = joined(p->directory.path, NOTES_NAME);
	if (make_file(p, NOTES_NAME) == -1)
		return "temporary file (TMPDIR)";
	return change_environment(p) == -1 ? "MAKEFLAGS" : NULL;
}

struct profile *
profile_new(const char *log_path, char *problem, size_t size)
{
	struct profile *p = mem_alloc(sizeof *p);
	const char *what;

	block_signals();
	what = prepare(p, log_path);
	if (what == NULL)
		return p;
	if (errno == EINVAL && what == log_path)
		snprintf(problem, size, "%s:1: not a jsonl log, which --profile requires; name another file", what);
	else
		snprintf(problem, size, "%s: %s", what,
		    errno == ESPIPE ? "not a regular file; --profile has to read its log again" : strerror(errno));
	profile_free(p);
	return NULL;
}

int
profile_read(const struct profile *p, struct log_table *t)
{
	FILE *f = fopen(p->log, "re");
	int result, error;

	if (f == NULL)
		return -1;
	result = fseeko(f, p->start, SEEK_SET) == 0 && (log_table_add(t, f) == 0 || errno == ENODATA) ? 0 : -1;
	error = errno;
	fclose(f);
	log_table_ready(t);
	errno = error;
	return result;
}

/* Recipes of one makefile that another shell ran, so that they have no record. The texts point into the notes. */
struct gap {
	const char *shell, *directory, *makefile, *target; /* target: the first one */
	size_t recipes;
};

struct gaps {
	char *notes;     /* owned */
	struct gap *all; /* owned */
	size_t count;
};

/* Returns the text before the next TAB and moves behind it. */
static const char *
cut(char **at)
{
	const char *text = *at == NULL ? "" : strsep(at, "\t");

	return text;
}

static void
add_gap(struct gaps *g, char *line)
{
	struct gap gap = { .recipes = 1 };

	gap.shell = cut(&line);
	gap.directory = cut(&line);
	gap.makefile = cut(&line);
	gap.target = cut(&line);
	/* From a $(shell) of make 4.4. */
	if (*gap.target == '\0')
		return;
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->all[i].shell, gap.shell) == 0 && strcmp(g->all[i].directory, gap.directory) == 0 &&
		    strcmp(g->all[i].makefile, gap.makefile) == 0) {
			g->all[i].recipes++;
			return;
		}
	g->all = mem_resize(g->all, g->count + 1, sizeof *g->all);
	g->all[g->count++] = gap;
}

/* Notes that cannot be read count as empty. */
static void
read_gaps(struct gaps *g, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line, *rest;
	size_t capacity = 0;

	if (f == NULL)
		return;
	/* Reads everything, because it has no NUL. */
	if (getdelim(&g->notes, &capacity, '\0', f) > 0)
		for (rest = g->notes; (line = strsep(&rest, "\n")) != NULL;)
			add_gap(g, line);
	fclose(f);
}

static void
add_visible(struct buf *b, const char *text)
{
	escape_visible(b, text, strlen(text));
}

/*
 * The shell that QPOOL_REAL_SHELL could name to record all of them, NULL if there is not one. It runs the lines of
 * every makefile, so it has to be the only other shell, one that understands what /bin/sh does, and a single word.
 */
static const char *
shell_for_all(const struct gaps *g)
{
	const char *shell = g->count == 0 ? NULL : g->all[0].shell;

	for (size_t i = 1; i < g->count; i++)
		if (strcmp(g->all[i].shell, shell) != 0)
			return NULL;
	return shell != NULL && strpbrk(shell, " \t") == NULL && oneshell_knows(shell) ? shell : NULL;
}

/* The list is short, because one setting fixes all of them. */
static void
add_gaps(struct buf *b, const struct gaps *g)
{
	const char *shell = shell_for_all(g);

	for (size_t i = 0; i < g->count && i < MOST_GAPS; i++) {
		const struct gap *gap = &g->all[i];

		buf_addf(b, "unseen    %zu recipe%s of ", gap->recipes, gap->recipes == 1 ? "" : "s");
		if (*gap->makefile != '/') {
			add_visible(b, gap->directory);
			buf_addc(b, '/');
		}
		add_visible(b, gap->makefile);
		buf_adds(b, gap->recipes == 1 ? ", " : ", the first one ");
		add_visible(b, gap->target);
		buf_adds(b, ": SHELL is ");
		add_visible(b, gap->shell);
		buf_adds(b, " there");
		if (shell != NULL) {
			buf_adds(b, "; QPOOL_REAL_SHELL=");
			add_visible(b, shell);
			buf_adds(b, " records them");
		}
		buf_addc(b, '\n');
	}
	if (g->count > MOST_GAPS)
		buf_addf(b, "unseen    recipes of %zu more makefiles\n", g->count - MOST_GAPS);
}

void
profile_text(struct buf *b, const struct profile *p, const struct log_table *t, int64_t cpu_us)
{
	struct log_sums s;
	struct gaps g = { 0 };
	const char *longest = "";

	log_sums_make(&s, t->jobs, t->count, t->slots);
	if (s.longest != (size_t)-1)
		longest = log_table_target(t, &t->jobs[s.longest]);
	if (s.longest != (size_t)-1 && *longest == '\0')
		longest = log_table_command(t, &t->jobs[s.longest]);
	log_sums_text(b, &s, longest);
	buf_adds(b, "all cpu   ");
	log_sums_duration(b, cpu_us);
	buf_adds(b, ": recorded lines, makes, and everything without a record\n");
	read_gaps(&g, p->notes);
	add_gaps(b, &g);
	free(g.notes);
	free(g.all);
}

/* The number in a -j option; NULL: another word, or the number is missing. */
static const char *
jobs_text(const char *word, const char *next)
{
	if (strcmp(word, "-j") == 0 || strcmp(word, "--jobs") == 0)
		return next;
	if (strncmp(word, "-j", 2) == 0)
		return word + 2;
	return strncmp(word, "--jobs=", 7) == 0 ? word + 7 : NULL;
}

unsigned
profile_slots(char *const *words)
{
	unsigned slots = 0;

	while (*++words != NULL) {
		const char *text = jobs_text(words[0], words[1]);
		long long n;

		if (text != NULL)
			slots = value_number(text, 1, INT_MAX, &n) ? (unsigned)n : 0;
	}
	return slots;
}

void
profile_free(struct profile *p)
{
	if (p == NULL)
		return;
	temp_dir_remove(&p->directory);
	if (p->keeper != NULL)
		keeper_stop(p->keeper);
	temp_dir_free(&p->directory);
	free(p->shell);
	free(p->log);
	free(p->notes);
	free(p);
}
