/*
 * qpool-sh: the shell that make is given. It runs the real shell with the same arguments, and appends one record to the
 * log that QPOOL_LOG names.
 *
 * Invariants: whatever goes wrong with recording, the real shell runs, and qpool-sh ends as it ends. Every line of a
 * build waits for this program, so it prepares for rare cases only when they occur, and the record is one write(2).
 * Signals stay blocked to the end and are read one by one, so that a child of vfork(2) can run no handler.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/write-all.h"
#include "sys/die.h"
#include "log/line-log.h"
#include "job/oneshell.h"
#include "sys/os.h"
#include "sys/os-spawn.h"
#include "job/outcome.h"
#include "log/record.h"
#include "worker/worker.h"

extern char **environ;

static const char default_shell[] = "/bin/sh";

/* The line that this process runs. */
struct line {
	char **argv; /* for the real shell; word 0 is its name */
	size_t argc;
	const char *shell;  /* path of the real shell */
	const char *level;  /* MAKELEVEL; "" if unset */
	const char *target; /* from make; NULL: unknown; "": not the line of a recipe */
	const char *above;  /* QPOOL_LINE: LEVEL:PID of the line that this process is part of; NULL: none */
	bool plain;         /* -c TEXT for /bin/sh */
	const char *log;    /* of --record; NULL: the one that QPOOL_LOG names */
};

/* Prints a message, in one write so that messages of a parallel make do not mix. */
static void __attribute__((format(printf, 1, 2))) report(const char *format, ...)
{
	struct buf text = { 0 }, shown = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_addv(&text, format, ap);
	va_end(ap);
	buf_adds(&shown, "qpool-sh: ");
	escape_visible(&shown, text.data, text.len);
	buf_addc(&shown, '\n');
	/* An error is ignored: nothing else could report it. */
	(void)write_all(STDERR_FILENO, shown.data, shown.len);
	buf_free(&text);
	buf_free(&shown);
}

/*
 * Reports an unusable log. Not every line of a build repeats it, only the first ones: those that start before make has
 * reaped one.
 */
static void
report_log(const char *path, const char *why)
{
	if (os_is_make(getppid()) != 1 || !os_has_reaped(getppid()))
		report("%s: %s; the build is not recorded", path, why);
}

/* Is the path this program? It would start itself without end. */
static bool
is_this_program(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat self, other;

	if (strcmp(slash == NULL ? path : slash + 1, "qpool-sh") == 0)
		return true;
	return stat("/proc/self/exe", &self) == 0 && stat(path, &other) == 0 && self.st_dev == other.st_dev &&
	    self.st_ino == other.st_ino;
}

static const char *
real_shell(void)
{
	const char *shell = getenv("QPOOL_REAL_SHELL");
	char *found;

	if (shell == NULL || *shell == '\0')
		return default_shell;
	if (strcmp(shell, default_shell) == 0)
		return default_shell;
	if (strchr(shell, '/') == NULL && worker_find(shell, &found) == 0)
		shell = found;
	if (strchr(shell, '/') != NULL && !is_this_program(shell))
		return shell;
	report("QPOOL_REAL_SHELL: %s: not found, or qpool-sh itself; using %s", shell, default_shell);
	return default_shell;
}

/* Is the word a group of short options with -c, whose argument is the command? make passes -c, -ec and so on. */
static bool
takes_command(const char *word)
{
	return word[0] == '-' && word[1] != '-' && strchr(word, 'c') != NULL;
}

/*
 * Did make start this process, and not a script that runs $(SHELL)? Looks at the parent process only if the environment
 * leaves it open.
 */
static bool
started_by_make(const struct line *l)
{
	size_t len = strlen(l->level);

	if (l->target != NULL || l->above == NULL || strncmp(l->above, l->level, len) != 0 || l->above[len] != ':')
		return true;
	return os_is_make(getppid()) == 1;
}

/*
 * Under .ONESHELL make removes the prefixes @, - and + from the lines only for shells whose names it knows, and
 * qpool-sh is not among them. No other line that make passes begins with a prefix.
 */
static void
strip_prefixes(struct line *l, const char *name)
{
	char *text = l->argv[l->argc - 1];
	bool is_recipe = l->target != NULL ? *l->target != '\0' : *l->level != '\0';

	if (l->argc < 3 || oneshell_knows(name) || !is_recipe || !takes_command(l->argv[l->argc - 2]))
		return;
	if (strpbrk(text, "\n@+-") == NULL || os_is_make(getppid()) == 0)
		return;
	oneshell_strip(text);
}

static void
read_line(struct line *l, int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "", *level = getenv("MAKELEVEL");

	*l = (struct line){ .argv = argv,
		.argc = (size_t)argc,
		.shell = real_shell(),
		.level = level == NULL ? "" : level,
		.target = getenv("QPOOL_TARGET"),
		.above = getenv("QPOOL_LINE") };
	if (argc == 0)
		return;
	strip_prefixes(l, name);
	argv[0] = (char *)l->shell;
	l->plain = argc == 3 && strcmp(argv[1], "-c") == 0 && l->shell == default_shell;
}

/* Replaces this process by the shell, without a record. */
static _Noreturn void
become_shell(const struct line *l)
{
	char *const none[] = { (char *)l->shell, NULL };

	os_exec(l->shell, l->argc > 0 ? l->argv : none, environ);
	report("%s: %s", l->shell, strerror(errno));
	_exit(outcome_exec_status(errno));
}

/* Opens the log. Returns false without a log, or, with a message, if it cannot be opened. */
static bool
open_log(struct line_log *log, const struct line *l)
{
	const char *path = l->log != NULL ? l->log : getenv("QPOOL_LOG");

	if (path == NULL || *path == '\0')
		return false;
	if (line_log_open(log, path) == 0)
		return true;
	report_log(path, errno == EINVAL ? "not a jsonl log; set QPOOL_LOG to another file" : strerror(errno));
	return false;
}

/*
 * Sets `full` to the absolute path of QPOOL_LOG, for makes in other directories; to "" if the path is absolute already,
 * if it cannot be determined, or if the log is not that of QPOOL_LOG.
 */
static void
full_path(const struct line_log *log, const struct line *l, char full[PATH_MAX])
{
	size_t len = strlen(log->path), at;

	*full = '\0';
	if (l->log != NULL || *log->path == '/' || len >= PATH_MAX - 1 || getcwd(full, PATH_MAX - 1 - len) == NULL) {
		*full = '\0';
		return;
	}
	at = strlen(full);
	full[at] = '/';
	memcpy(full + at + 1, log->path, len + 1);
}

static bool
is_variable(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/*
 * The environment of the shell: ours without our own variables, with QPOOL_LINE, which marks all processes below as
 * part of this line, and with QPOOL_LOG set to `full` unless that is "". One allocation; never freed. NULL: no
 * memory. *pid_text is as in struct spawn.
 */
static char **
environment(const struct line *l, const char *full, char **pid_text)
{
	static const char line_is[] = "QPOOL_LINE=", log_is[] = "QPOOL_LOG=";
	size_t count = 0, n = 0,
	       text_size = sizeof line_is + strlen(l->level) + 1 + OS_PID_TEXT + sizeof log_is + strlen(full);
	char **envp, *text;

	while (environ[count] != NULL)
		count++;
	envp = malloc((count + 3) * sizeof *envp + text_size);
	if (envp == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!is_variable(environ[i], "QPOOL_TARGET") && !is_variable(environ[i], "QPOOL_LINE") &&
		    (*full == '\0' || !is_variable(environ[i], "QPOOL_LOG")))
			envp[n++] = environ[i];
	text = (char *)(envp + count + 3);
	if (*full != '\0') {
		envp[n++] = text;
		text = stpcpy(stpcpy(text, log_is), full) + 1;
	}
	envp[n++] = text;
	*pid_text = stpcpy(stpcpy(stpcpy(text, line_is), l->level), ":");
	envp[n] = NULL;
	return envp;
}

/*
 * All signals that others send, except the stop signals of the terminal, which have to stop this process too, and those
 * that the kernel sends for a fault of this process.
 */
static void
signals_to_read(sigset_t *set)
{
	static const int others[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGTSTP, SIGTTIN,
		SIGTTOU, SIGCONT };

	sigfillset(set);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		sigdelset(set, others[i]);
}

static void
nothing(int sig)
{
	(void)sig; /* never runs: SIGCHLD needs a handler, because an ignored signal would not stay pending */
}

/*
 * Waits until the shell ends, and passes on the signals that processes such as make send meanwhile. Signals of the
 * terminal have reached the shell too, and those that the kernel sends to this process are not meant for it. Returns -1
 * if the shell was reaped elsewhere.
 */
static int
wait_for(pid_t pid, const sigset_t *set, struct job *j)
{
	struct rusage used;
	siginfo_t info;

	for (;;) {
		pid_t got = wait4(pid, &j->wstatus, WNOHANG, &used);

		if (got == -1 && errno != EINTR)
			return -1;
		if (got == pid)
			break;
		if (sigwaitinfo(set, &info) > 0 && info.si_signo != SIGCHLD && info.si_code <= 0)
			kill(pid, info.si_signo);
	}
	j->user_us = used.ru_utime.tv_sec * US_PER_S + used.ru_utime.tv_usec;
	j->sys_us = used.ru_stime.tv_sec * US_PER_S + used.ru_stime.tv_usec;
	j->maxrss_kib = used.ru_maxrss;
	return 0;
}

static void
record(struct line_log *log, const struct line *l, const struct job *j)
{
	const char *above = l->above == NULL ? NULL : strrchr(l->above, ':');
	long parent = above == NULL ? 0 : strtol(above + 1, NULL, 10);
	struct buf b = { 0 };

	record_make_line(&b, j, parent > 0 && parent <= INT_MAX ? (pid_t)parent : 0,
	    l->target != NULL && *l->target != '\0' ? l->target : NULL);
	if (line_log_append(log, &b) == -1)
		report("%s: %s; a line is not recorded", log->path, strerror(errno));
}

/* Allocates and frees what the record will need: once the shell has run, nothing may fail. */
static bool
has_memory(const struct line *l)
{
	/* A byte takes up to 6 in JSON, 2 in hex and 4 when quoted; a growing buffer exists twice for a moment. */
	enum { PER_BYTE = 32, REST = 65536 };
	size_t len = l->target == NULL ? 0 : strlen(l->target);
	void *p;

	for (size_t i = 0; i < l->argc; i++)
		len += strlen(l->argv[i]) + 1;
	p = malloc(len * PER_BYTE + REST);
	free(p);
	return p != NULL;
}

/* Runs the shell and records it. Returns only if it could not be started. */
static void
run(struct line_log *log, const struct line *l)
{
	struct job j = {
		.attempt = 1, .end = JOB_RAN, .command = { .argv = l->argv, .argc = l->argc, .shell = l->plain }
	};
	struct spawn s = { .path = l->shell,
		.argv = l->argv,
		.out_fd = -1,
		.err_fd = -1,
		.more = { { -1, -1 }, { -1, -1 }, { -1, -1 } },
		.foreground = true,
		.dies_with_us = true };
	struct sigaction act = { .sa_handler = nothing }, old;
	char full[PATH_MAX];
	sigset_t set, before;
	bool exec_failed;
	int64_t start_ns;

	full_path(log, l, full);
	s.envp = environment(l, full, &s.pid_text);
	if (s.envp == NULL || !has_memory(l))
		return;
	signals_to_read(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
	s.mask = &before;
	sigaction(SIGCHLD, &act, &old);
	j.start_wall_us = clock_wall_us();
	start_ns = clock_mono_ns();
	j.pid = os_spawn(&s, &exec_failed);
	if (j.pid == -1) {
		/* Other errors of exec(2) will occur again in become_shell(). */
		if (!exec_failed || errno == E2BIG)
			report("cannot start %s: %s; a line is not recorded", l->shell, strerror(errno));
		sigaction(SIGCHLD, &old, NULL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		return;
	}
	if (wait_for(j.pid, &set, &j) == -1)
		_exit(EXIT_SELF);
	j.wall_ns = clock_mono_ns() - start_ns;
	record(log, l, &j);
	if (outcome_signal(&j) != 0)
		die_of(outcome_signal(&j));
	_exit(outcome_status(&j));
}

/* Returns the part of the word after `name`; NULL if it does not begin with it. */
static const char *
value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 ? word + len : NULL;
}

/*
 * The other mode, for build systems that can put a launcher before a command but cannot choose the shell:
 * --record=LOG --target=NAME -- COMMAND [ARGUMENT ...].
 */
static _Noreturn void
record_command(struct line_log *log, struct line *l, int argc, char **argv)
{
	const char *level = getenv("MAKELEVEL");
	char *found;
	int why;

	*l = (struct line){ .log = value_of(argv[1], "--record="),
		.level = level == NULL ? "" : level,
		.above = getenv("QPOOL_LINE") };
	if (argc >= 5)
		l->target = value_of(argv[2], "--target=");
	if (l->log == NULL || *l->log == '\0' || l->target == NULL || strcmp(argv[3], "--") != 0) {
		report("usage: qpool-sh --record=LOG --target=NAME -- COMMAND [ARGUMENT ...]");
		_exit(EXIT_USAGE);
	}
	l->argv = argv + 4;
	l->argc = (size_t)argc - 4;
	why = worker_find(argv[4], &found);
	if (why != 0) {
		report("%s: %s", argv[4], strerror(why));
		_exit(outcome_exec_status(why));
	}
	l->shell = found;
	if (open_log(log, l))
		run(log, l);
	become_shell(l);
}

int
main(int argc, char **argv)
{
	struct line_log log;
	struct line l;

	if (argc > 1 && value_of(argv[1], "--record=") != NULL)
		record_command(&log, &l, argc, argv);
	read_line(&l, argc, argv);
	if (argc > 0 && started_by_make(&l) && open_log(&log, &l))
		run(&log, &l);
	become_shell(&l);
}
