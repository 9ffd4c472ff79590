/* os-spawn: what a new process gets, and what a failed exec leaves behind. */
#include "sys/os-spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/os.h"
#include "tap.h"

extern char **environ;

static char output[4096]; /* of the last run */

/* Runs it with its standard output in a pipe. Returns its wait status, or -1 if it was not started. */
static int
run(struct spawn *s)
{
	int fd[2], wstatus = -1;
	bool exec_failed;
	ssize_t n;
	size_t len = 0;
	pid_t pid;

	output[0] = '\0';
	if (os_pipe(fd) == -1)
		return -1;
	s->out_fd = fd[1];
	pid = os_spawn(s, &exec_failed);
	close(fd[1]);
	while (pid != -1 && (n = read(fd[0], output + len, sizeof(output) - 1 - len)) > 0)
		len += (size_t)n;
	output[len] = '\0';
	close(fd[0]);
	if (pid != -1 && waitpid(pid, &wstatus, 0) != pid)
		return -1;
	return wstatus;
}

/* A shell line to run, with this environment and defaults for the rest. */
static struct spawn
shell(char **argv, char *line)
{
	argv[0] = (char *)(uintptr_t) "sh";
	argv[1] = (char *)(uintptr_t) "-c";
	argv[2] = line;
	argv[3] = NULL;
	return (struct spawn){ .path = "/bin/sh",
		.argv = argv,
		.envp = environ,
		.out_fd = -1,
		.err_fd = -1,
		.more = { { -1, -1 }, { -1, -1 }, { -1, -1 } } };
}

#define LINE(text) ((char[]){ text })

static void
test_run(void)
{
	char *argv[4], *env[] = { LINE("A=b c"), NULL };
	struct spawn s = shell(argv, LINE("echo \"$A\"; echo error >&2; exit 7"));

	s.envp = env;
	s.err_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	tap_ok(WEXITSTATUS(run(&s)) == 7, "os-spawn: the exit status is that of the program");
	tap_ok(strcmp(output, "b c\n") == 0,
	    "os-spawn: standard output and the environment are set, and standard error is separate");
	close(s.err_fd);
}

static void
test_group(void)
{
	char *argv[4];
	struct spawn s = shell(argv, LINE("ps -o pgid= -p $$ 2>/dev/null || echo unknown; echo $$"));
	long group = 0, pid = 0;

	run(&s);
	if (sscanf(output, "%ld %ld", &group, &pid) == 2) {
		tap_ok(group == pid, "os-spawn: the process leads its own group");
		s.foreground = true;
		run(&s);
		tap_ok(sscanf(output, "%ld", &group) == 1 && group == getpgrp(),
		    "os-spawn: in the foreground it stays in our group");
	}
}

static void
test_fds(void)
{
	char *argv[4];
	struct spawn s = shell(argv, LINE("cat <&7; ( : >&8 ) 2>/dev/null || echo closed"));
	int fd[2];

	if (os_pipe(fd) == -1)
		return;
	s.more[1] = (struct spawn_fd){ fd[0], 7 };
	tap_ok(write(fd[1], "text\n", 5) == 5, "os-spawn: a pipe is filled");
	close(fd[1]);
	run(&s);
	close(fd[0]);
	tap_ok(strcmp(output, "text\nclosed\n") == 0,
	    "os-spawn: a further fd is passed with its number, and no other one");
}

static void
test_pid_text(void)
{
	char *argv[4], variable[4 + OS_PID_TEXT] = "PID=", *env[] = { variable, NULL };
	struct spawn s = shell(argv, LINE("test \"$PID\" = $$ && echo same"));

	s.envp = env;
	s.pid_text = variable + 4;
	run(&s);
	tap_ok(strcmp(output, "same\n") == 0, "os-spawn: the child finds its pid in the environment");
}

static void
test_limit(void)
{
	char *argv[4];
	struct spawn s = shell(argv, LINE("ulimit -n"));
	const struct rlimit limit = { 37, 37 };
	struct rlimit ours;

	s.nofile = &limit;
	run(&s);
	tap_ok(strcmp(output, "37\n") == 0, "os-spawn: the limit of fds is set in the child");
	tap_ok(getrlimit(RLIMIT_NOFILE, &ours) == 0 && ours.rlim_cur != 37,
	    "os-spawn: the limit of the parent is unchanged");
}

/* Ignored by us, and blocked by us: neither reaches the child unless requested. */
static void
test_signals(void)
{
	char *argv[4];
	struct spawn s = shell(argv, LINE("kill -USR1 $$; echo alive"));
	sigset_t changed, blocked, before;

	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	os_changed_signals(&changed);
	tap_ok(
	    sigismember(&changed, SIGUSR1) && !sigismember(&changed, SIGUSR2), "os-spawn: changed signals are found");
	tap_ok(os_is_ignored(SIGUSR1) && !os_is_ignored(SIGUSR2), "os-spawn: ignored signals are recognized");
	s.changed = &changed;
	tap_ok(WTERMSIG(run(&s)) == SIGUSR1 && strcmp(output, "") == 0,
	    "os-spawn: signals have their default action, and none is blocked");
	tap_ok(os_is_ignored(SIGUSR1), "os-spawn: our own action is unchanged");
	s.changed = NULL;
	tap_ok(
	    run(&s) == 0 && strcmp(output, "alive\n") == 0, "os-spawn: without that an ignored signal stays ignored");
	sigprocmask(SIG_SETMASK, NULL, &changed);
	tap_ok(sigismember(&changed, SIGUSR1), "os-spawn: our own signal mask is unchanged");
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGUSR1, SIG_DFL);
	s.mask = &blocked;
	tap_ok(run(&s) == 0 && strcmp(output, "alive\n") == 0, "os-spawn: a requested signal mask is set");
}

static void
test_note(void)
{
	char *argv[4];
	struct spawn s = shell(argv, LINE("echo $$"));
	volatile pid_t *note = mmap(NULL, sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	s.note = note;
	run(&s);
	tap_ok(*note > 0 && *note == (pid_t)strtol(output, NULL, 10), "os-spawn: the child notes its pid");
	s.foreground = true;
	run(&s);
	tap_ok(*note < 0 && -*note == (pid_t)strtol(output, NULL, 10),
	    "os-spawn: in the foreground the noted pid is negative");
	munmap((void *)(uintptr_t)note, sizeof(*note));
}

static void
test_exec_fails(void)
{
	static const struct {
		const char *path;
		int error;
	} bad[] = { { "/nonexistent/program", ENOENT }, { "/", EACCES }, { "/dev/null/x", ENOTDIR }, { "", ENOENT } };
	char *argv[4];
	struct spawn s = shell(argv, LINE("exit 0"));
	pid_t pid, note;
	bool exec_failed;

	s.note = &note;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s.path = bad[i].path;
		note = 1;
		errno = 0;
		pid = os_spawn(&s, &exec_failed);
		tap_ok(pid == -1 && exec_failed && errno == bad[i].error && note == 0,
		    "os-spawn: a failed exec gives its errno: '%s'", bad[i].path);
	}
	tap_ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "os-spawn: a failed exec leaves no child");
}

static void
test_script(void)
{
	char path[] = "test-os-spawn-XXXXXX", *argv[4];
	struct spawn s = shell(argv, LINE("unused"));
	int fd = mkstemp(path);

	if (fd == -1 || write(fd, "echo script \"$1\"; exit 9\n", 25) != 25)
		tap_ok(false, "os-spawn: a script is written");
	fchmod(fd, 0700);
	close(fd);
	s.path = path;
	argv[1] = LINE("a b");
	argv[2] = NULL;
	tap_ok(WEXITSTATUS(run(&s)) == 9 && strcmp(output, "script a b\n") == 0,
	    "os-spawn: a script without #! is run by sh, with its arguments");
	unlink(path);
}

static void
test_no_process(void)
{
	char *argv[4];
	struct spawn s = shell(argv, LINE("exit 0"));
	struct rlimit old, none;
	bool exec_failed = true;
	pid_t pid;

	/* The limit does not apply to the superuser. */
	if (geteuid() == 0)
		return;
	getrlimit(RLIMIT_NPROC, &old);
	none = (struct rlimit){ 0, old.rlim_max };
	setrlimit(RLIMIT_NPROC, &none);
	pid = os_spawn(&s, &exec_failed);
	setrlimit(RLIMIT_NPROC, &old);
	tap_ok(pid == -1 && !exec_failed && errno == EAGAIN,
	    "os-spawn: if no process can be created, exec has not failed");
}

int
main(void)
{
	test_run();
	test_group();
	test_fds();
	test_pid_text();
	test_limit();
	test_signals();
	test_note();
	test_exec_fails();
	test_script();
	test_no_process();
	return tap_done();
}
