/*
 * qpool-sh: the shell that make is given. It runs the real one with the same arguments, and appends one record to the log that QPOOL_LOG names.
 *
 * Invariants: whatever goes wrong with recording, the real shell runs, and we end as it ends. Every line of a build waits for this, so nothing is done
 * for a case that is rare before it is there, and the record is one write(2). Our signals stay blocked until the end: they are read one by one, there is no handler
 * that a child of vfork(2) could run.
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

/* The line that we are called for. */
struct line {
	char **argv; /* what the real shell gets, its own name as word 0 */
	size_t argc;
	const char *shell;  /* the real one's path */
	const char *level;  /* MAKELEVEL; "" without */
	const char *target; /* from make; NULL: it told none; "": it is no recipe's line */
	const char *above;  /* QPOOL_LINE, LEVEL:PID of the line that we are below; NULL: none */
	bool plain;         /* -c TEXT for /bin/sh */
	const char *log;    /* of --record; NULL: what QPOOL_LOG names */
};

/* One write, so that lines of a parallel make do not mix. */
static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	char text[PATH_MAX + 256] = "qpool-sh: ";
	size_t at = strlen(text), n;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + at, sizeof text - at - 1, format, ap);
	va_end(ap);
	n = strlen(text);
	text[n] = '\n';
	if (write(STDERR_FILENO, text, n + 1) == -1)
		return; /* there is nobody else to tell */
}

/* What every line of a build would say again, only the first ones say: those that run before make has seen the end of one. */
static void
say_of_log(const char *path, const char *why)
{
	if (os_is_make(getppid()) != 1 || !os_has_reaped(getppid()))
		say("%s: %s; what make runs is not recorded", path, why);
}

/* Is that path this very program? It would run itself for ever. */
static bool
is_ourselves(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat us, it;

	if (strcmp(slash == NULL ? path : slash + 1, "qpool-sh") == 0)
		return true;
	return stat("/proc/self/exe", &us) == 0 && stat(path, &it) == 0 && us.st_dev == it.st_dev &&
	    us.st_ino == it.st_ino;
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
	if (strchr(shell, '/') != NULL && !is_ourselves(shell))
		return shell;
	say("QPOOL_REAL_SHELL: %s is not another shell; %s runs", shell, default_shell);
	return default_shell;
}

/* Is the word options that end in the one whose argument is a command, as make calls its shell: -c, -ec, ...? */
static bool
takes_command(const char *word)
{
	return word[0] == '-' && word[1] != '-' && strchr(word, 'c') != NULL;
}

/* Were we started by a make itself, and not by a script that knows us as $(SHELL)? Asked of the system only where the environment leaves it open. */
static bool
is_of_make(const struct line *l)
{
	size_t len = strlen(l->level);

	if (l->target != NULL || l->above == NULL || strncmp(l->above, l->level, len) != 0 || l->above[len] != ':')
		return true;
	return os_is_make(getppid()) == 1;
}

/*
 * Under .ONESHELL make takes @, - and + away from the lines for the shells whose names it knows, and ours is none; nothing else that make passes
 * begins with one.
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

/* With nothing recorded, in our own place. */
static _Noreturn void
become_shell(const struct line *l)
{
	char *const none[] = { (char *)l->shell, NULL };

	os_exec(l->shell, l->argc > 0 ? l->argv : none, environ);
	say("%s: %s", l->shell, strerror(errno));
	_exit(outcome_exec_status(errno));
}

/* false: there is none, or it cannot be had, which is said. */
static bool
find_log(struct line_log *log, const struct line *l)
{
	const char *path = l->log != NULL ? l->log : getenv("QPOOL_LOG");

	if (path == NULL || *path == '\0')
		return false;
	if (line_log_open(log, path) == 0)
		return true;
	say_of_log(path, errno == EINVAL ? "no jsonl log; name another file with QPOOL_LOG" : strerror(errno));
	return false;
}

/* The path in QPOOL_LOG from the root, for makes in other folders; "" where it is one already, cannot be had, or is not the log. */
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
 * Our environment but for what is ours, and with the line that all below is of; QPOOL_LOG is `full` unless that is "". NULL: no memory. *pid_text is as in
 * struct spawn.
 */
static char **
environment(const struct line *l, const char *full, char **pid_text)
{
	static const char line_is[] = "QPOOL_LINE=", log_is[] = "QPOOL_LOG=";
	size_t count = 0, n = 0,
	       room = sizeof line_is + strlen(l->level) + 1 + OS_PID_TEXT + sizeof log_is + strlen(full);
	char **envp, *text;

	while (environ[count] != NULL)
		count++;
	envp = malloc((count + 3) * sizeof *envp + room);
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
 * All that can be sent to make us end or to tell us something, but not what the terminal stops a job by, which stops us too, nor what our own faults
 * would send.
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
	(void)sig; /* never runs; but a signal that is ignored is not kept for us to read */
}

/*
 * Until the shell has ended; what is sent to us meanwhile, by make say, is passed on. What the terminal sends, or the kernel for a process, has reached the shell as well as us,
 * or is not meant for it. -1: it was taken from us by somebody's wait.
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
		say("%s: %s; a line is not recorded", log->path, strerror(errno));
}

/* What recording will take, taken and given back: there is to be no way to fail once the shell has run. */
static bool
has_memory(const struct line *l)
{
	/* A byte is six of JSON at the most, and two in hex; the buffer that grows has a second one beside it; quotes may be four for one. */
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
		/* What else exec(2) has against the shell, it will have again. */
		if (!exec_failed || errno == E2BIG)
			say("cannot start %s: %s; a line is not recorded", l->shell, strerror(errno));
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

/* What stands behind `name` in the word; NULL: it is another word. */
static const char *
value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 ? word + len : NULL;
}

/* The other mode, for rules that can put a launcher before a command but have no shell to choose: --record=LOG --target=NAME -- COMMAND [ARGUMENT ...]. */
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
		say("usage: qpool-sh --record=LOG --target=NAME -- COMMAND [ARGUMENT ...]");
		_exit(EXIT_USAGE);
	}
	l->argv = argv + 4;
	l->argc = (size_t)argc - 4;
	why = worker_find(argv[4], &found);
	if (why != 0) {
		say("%s: %s", argv[4], strerror(why));
		_exit(outcome_exec_status(why));
	}
	l->shell = found;
	if (find_log(log, l))
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
	if (argc > 0 && is_of_make(&l) && find_log(&log, &l))
		run(&log, &l);
	become_shell(&l);
}
