/*
 * Parent and child share memory until exec(2). That is why the errno of the child reaches the parent in a variable,
 * and why the child makes only system calls in between.
 */
#include "sys/os-spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "sys/os.h"

/* What runs a file that execve(2) rejects with ENOEXEC: a script without #!, or an empty file. */
struct script {
	const char *shell;
	char **argv; /* owned; borrows the words, except for the script's name if that is `name` */
	char *name;  /* owned; NULL: not needed */
};

/* As execvp(3) does: sh, the name of the file, and the words after the command's name. */
static void
script_open(struct script *c, const char *path, char *const *argv)
{
	size_t count = 0;

	*c = (struct script){ .shell = "/bin/sh" };
	while (argv[count] != NULL)
		count++;
	c->argv = mem_resize(NULL, count + 3, sizeof *c->argv);
	/* The shell would take such a name for its options. */
	if (path[0] == '-' || path[0] == '+') {
		struct buf b = { 0 };

		buf_adds(&b, "./");
		buf_add(&b, path, strlen(path) + 1);
		c->name = b.data;
	}
	c->argv[0] = (char *)c->shell;
	c->argv[1] = c->name != NULL ? c->name : (char *)path;
	for (size_t i = 1; i < count; i++)
		c->argv[i + 1] = argv[i];
	c->argv[count > 0 ? count + 1 : 2] = NULL;
}

static void
script_close(struct script *c)
{
	int saved = errno;

	free(c->argv);
	free(c->name);
	errno = saved;
}

bool
os_is_ignored(int sig)
{
	struct sigaction act;

	return sigaction(sig, NULL, &act) == 0 && act.sa_handler == SIG_IGN;
}

void
os_changed_signals(sigset_t *set)
{
	struct sigaction act;

	sigemptyset(set);
	for (int sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &act) == 0 && act.sa_handler != SIG_DFL)
			sigaddset(set, sig);
}

/*
 * Ignored signals, ours or inherited ones, would stay ignored after exec(2). Caught signals must not be caught in the
 * child while it shares our memory.
 */
static void
default_signals(const sigset_t *changed)
{
	const struct sigaction act = { .sa_handler = SIG_DFL };

	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(changed, sig) == 1)
			sigaction(sig, &act, NULL);
}

static int
place_fds(const struct spawn *s)
{
	if (s->out_fd != -1 && dup2(s->out_fd, STDOUT_FILENO) == -1)
		return -1;
	if (s->err_fd != -1 && dup2(s->err_fd, STDERR_FILENO) == -1)
		return -1;
	for (size_t i = 0; i < sizeof s->more / sizeof s->more[0]; i++)
		if (s->more[i].fd != -1 && dup2(s->more[i].fd, s->more[i].to) == -1)
			return -1;
	return 0;
}

/* Runs in the child of vfork(2), so printf(3) is not allowed. */
static void
write_pid(char *text)
{
	char digits[OS_PID_TEXT], *at = digits + sizeof digits;

	*--at = '\0';
	for (pid_t pid = getpid(); pid > 0; pid /= 10)
		*--at = (char)('0' + pid % 10);
	memcpy(text, at, (size_t)(digits + sizeof digits - at));
}

static int
become(const struct spawn *s)
{
	sigset_t none;

	if (!s->foreground && setpgid(0, 0) == -1)
		return -1;
	if (s->note != NULL)
		*s->note = s->foreground ? -getpid() : getpid();
	if (place_fds(s) == -1)
		return -1;
	if (s->nofile != NULL && setrlimit(RLIMIT_NOFILE, s->nofile) == -1)
		return -1;
	if (s->dies_with_us)
		os_die_with_parent();
	if (s->pid_text != NULL)
		write_pid(s->pid_text);
	if (s->changed != NULL)
		default_signals(s->changed);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, s->mask != NULL ? s->mask : &none, NULL);
	execve(s->path, s->argv, s->envp);
	return -1;
}

static pid_t
reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) == -1)
		if (errno != EINTR)
			return -1;
	return pid;
}

static pid_t
spawn(const struct spawn *s, bool *exec_failed)
{
	volatile int child_errno = 0;
	sigset_t all, before;
	pid_t pid;
	int saved;

	*exec_failed = false;
	/* No handler may run in the child while it shares our memory. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0) {
		become(s);
		child_errno = errno;
		_exit(127);
	}
	saved = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	if (pid == -1)
		return -1;
	if (child_errno == 0)
		return pid;
	if (s->note != NULL)
		*s->note = 0;
	reap(pid);
	*exec_failed = true;
	errno = child_errno;
	return -1;
}

pid_t
os_spawn(const struct spawn *s, bool *exec_failed)
{
	struct script script;
	struct spawn by_shell = *s;
	pid_t pid = spawn(s, exec_failed);

	if (pid != -1 || !*exec_failed || errno != ENOEXEC)
		return pid;
	/* Here, because the child of vfork(2) must not allocate memory. */
	script_open(&script, s->path, s->argv);
	by_shell.path = script.shell;
	by_shell.argv = script.argv;
	pid = spawn(&by_shell, exec_failed);
	script_close(&script);
	return pid;
}

void
os_exec(const char *path, char *const *argv, char *const *envp)
{
	struct script script;

	execve(path, argv, envp);
	if (errno != ENOEXEC)
		return;
	script_open(&script, path, argv);
	execve(script.shell, script.argv, envp);
	script_close(&script);
}
