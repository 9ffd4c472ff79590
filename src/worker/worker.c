/*
 * Invariants: a worker's pid is used only before it is reaped, so that it is never the pid of another process. The
 * kit's envp points into the kit, which therefore must not move.
 */
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sys/orphans.h"
#include "sys/os.h"

extern char **environ;

enum {
	FDS_A_WORKER = 4, /* two output pipes, a progress pipe, a pidfd */
	FDS_SERVED = 2,   /* two pipes of its jobserver */
	FDS_OF_OURS = 64,
	/* Bytes. xargs(1) leaves 2048, as POSIX requires; here the path and the auxiliary vector are counted too. */
	ARGUMENT_MARGIN = 4096,
};

/* Does the variable name a jobserver, possibly one that does not exist any more? */
static bool
names_jobserver(const char *variable)
{
	return strncmp(variable, "MAKEFLAGS=", 10) == 0 || strncmp(variable, "CARGO_MAKEFLAGS=", 16) == 0 ||
	    strncmp(variable, "MFLAGS=", 7) == 0;
}

static bool
names_queue(const char *variable)
{
	return strncmp(variable, "QPOOL_QUEUE=", 12) == 0 || strncmp(variable, "QPOOL_TASK_ID=", 14) == 0;
}

static bool
is_ours(const char *variable)
{
	return strncmp(variable, "QPOOL_SEQ=", 10) == 0 || strncmp(variable, "QPOOL_SLOT=", 11) == 0 ||
	    strncmp(variable, "QPOOL_PROGRESS_FD=", 18) == 0 || strncmp(variable, "QPOOL_PID=", 10) == 0;
}

/* Returns the number of bytes that the kernel counts for it. */
static size_t
build_environment(struct worker_kit *k, bool served)
{
	size_t n = 0, kept = 0, bytes = 0;

	while (environ != NULL && environ[n] != NULL)
		n++;
	k->envp = mem_resize(NULL, n + 10, sizeof *k->envp);
	for (size_t i = 0; i < n; i++)
		if (!is_ours(environ[i]) && (k->queue == NULL || !names_queue(environ[i])) &&
		    ((k->makeflags == NULL && !served) || !names_jobserver(environ[i]))) {
			k->envp[kept++] = environ[i];
			bytes += strlen(environ[i]) + 1 + sizeof(char *);
		}
	k->envp[kept++] = k->seq_text;
	k->envp[kept++] = k->slot_text;
	k->envp[kept++] = k->progress_text;
	k->envp[kept++] = k->pid_text;
	if (k->queue != NULL) {
		k->envp[kept++] = k->queue;
		k->envp[kept++] = k->task_text;
		bytes += strlen(k->queue) + 1 + sizeof k->task_text + 2 * sizeof(char *);
	}
	if (k->makeflags != NULL) {
		k->envp[kept++] = k->makeflags;
		bytes += strlen(k->makeflags) + 1;
	}
	k->more_at = kept;
	k->envp[kept] = NULL;
	return bytes + sizeof k->seq_text + sizeof k->slot_text + sizeof k->progress_text + sizeof k->pid_text +
	    6 * sizeof(char *);
}

int
worker_reserve_fd(int not_a, int not_b)
{
	int to = 9, fd, error = 0;

	while (to > 2 && (to == not_a || to == not_b || fcntl(to, F_GETFD) != -1))
		to--;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fd == to)
		return fcntl(fd, F_SETFD, 0) == -1 ? -1 : to;
	/* All single digits are in use. */
	if (to == 2) {
		to = fcntl(fd, F_DUPFD, 10);
		error = errno == EINVAL ? EMFILE : errno;
	} else if (dup2(fd, to) == -1) {
		/* dup2(2) reports an fd above the limit like this. */
		error = errno == EBADF ? EMFILE : errno;
		to = -1;
	}
	close(fd);
	if (to == -1)
		errno = error;
	return to;
}

static void
raise_nofile(struct worker_kit *k, unsigned slots, bool served)
{
	rlim_t want = (rlim_t)slots * (rlim_t)(FDS_A_WORKER + (served ? FDS_SERVED : 0)) + FDS_OF_OURS;
	struct rlimit more = k->nofile;

	if (k->nofile.rlim_cur == RLIM_INFINITY || k->nofile.rlim_cur >= want)
		return;
	more.rlim_cur = want < k->nofile.rlim_max ? want : k->nofile.rlim_max;
	/* If it is refused, pipe(2) fails later with EMFILE, and the pool defers jobs. */
	k->nofile_raised = setrlimit(RLIMIT_NOFILE, &more) == 0;
}

/* "NAME=value", which the caller frees; NULL without a value. */
static char *
variable(const char *name, const char *value)
{
	struct buf b = { 0 };

	if (value == NULL)
		return NULL;
	buf_adds(&b, name);
	buf_add(&b, value, strlen(value) + 1);
	return b.data;
}

int
worker_kit_init(
    struct worker_kit *k, unsigned slots, int progress_to, const char *makeflags, size_t served, const char *queue)
{
	long most = sysconf(_SC_ARG_MAX);
	size_t environment, all = most > 0 ? (size_t)most : _POSIX_ARG_MAX;

	*k = (struct worker_kit){ 0 };
	if (getrlimit(RLIMIT_NOFILE, &k->nofile) == -1)
		return -1;
	raise_nofile(k, slots, served > 0);
	k->makeflags = variable("MAKEFLAGS=", makeflags);
	k->queue = variable("QPOOL_QUEUE=", queue);
	environment = build_environment(k, served > 0) + served + ARGUMENT_MARGIN;
	k->argument_space = all > environment ? all - environment : 0;
	k->longest_argument = os_longest_argument();
	os_changed_signals(&k->changed);
	k->progress_to = progress_to;
	snprintf(k->pid_text, sizeof k->pid_text, "QPOOL_PID=%d", (int)getpid());
	snprintf(k->progress_text, sizeof k->progress_text, "QPOOL_PROGRESS_FD=%d", k->progress_to);
	return 0;
}

void
worker_kit_free(struct worker_kit *k)
{
	free(k->envp);
	free(k->makeflags);
	free(k->queue);
}

static int
check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	return access(path, X_OK) == -1 ? errno : 0;
}

/* Does execvp(3) of the GNU C library go on to the next directory of PATH after this errno? */
static bool
tries_next(int error)
{
	return error == EACCES || error == EISDIR || error == ENOENT || error == ENOTDIR || error == ESTALE ||
	    error == ENODEV || error == ETIMEDOUT;
}

/* Looks for `program` in a directory of `len` bytes; an empty name is the current directory. As worker_find. */
static int
find_in(const char *directory, size_t len, const char *program, char **path)
{
	struct buf b = { 0 };
	int why;

	/* execvp(3) skips such an entry of PATH. */
	if (len >= PATH_MAX)
		return ENOENT;
	buf_add(&b, directory, len);
	if (len > 0)
		buf_addc(&b, '/');
	buf_add(&b, program, strlen(program) + 1);
	why = check_program(b.data);
	if (why == 0)
		*path = b.data;
	else
		buf_free(&b);
	return why;
}

int
worker_find(const char *program, char **path)
{
	const char *directory = getenv("PATH"), *end;
	int why = ENOENT;
	bool denied = false;

	*path = NULL;
	if (strchr(program, '/') != NULL) {
		why = check_program(program);
		if (why == 0)
			*path = mem_strdup(program);
		return why;
	}
	if (*program == '\0')
		return ENOENT;
	if (directory == NULL)
		directory = "/bin:/usr/bin"; /* execvp(3) */
	for (;; directory = end + 1) {
		end = directory + strcspn(directory, ":");
		why = find_in(directory, (size_t)(end - directory), program, path);
		if (why == 0 || !tries_next(why))
			return why;
		denied = denied || why == EACCES || why == EISDIR;
		if (*end == '\0')
			return denied ? EACCES : why;
	}
}

bool
worker_fits(const struct worker_kit *k, const struct command *c)
{
	size_t all = 0;

	for (size_t i = 0; i < c->argc; i++) {
		size_t size = strlen(c->argv[i]) + 1;

		all += size + sizeof(char *);
		if (size > k->longest_argument || all > k->argument_space)
			return false;
	}
	return true;
}

static void
close_both(int fd[2])
{
	for (int i = 0; i < 2; i++)
		if (fd[i] != -1)
			close(fd[i]);
	fd[0] = fd[1] = -1;
}

void
worker_pipes_close(struct worker_pipes *f)
{
	int saved = errno;

	close_both(f->out);
	close_both(f->err);
	close_both(f->progress);
	errno = saved;
}

int
worker_pipes_open(struct worker_pipes *f, bool output, bool progress)
{
	*f = (struct worker_pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if ((!output || (os_pipe(f->out) == 0 && os_pipe(f->err) == 0)) && (!progress || os_pipe(f->progress) == 0))
		return 0;
	worker_pipes_close(f);
	return -1;
}

pid_t
worker_start(
    struct worker_kit *k, const struct job *j, const char *path, const struct worker_place *place, bool *exec_failed)
{
	struct spawn s = {
		.path = path,
		.argv = j->command.argv,
		.envp = k->envp,
		.out_fd = place->out,
		.err_fd = place->err,
		.more = { { place->progress, k->progress_to }, place->jobserver[0], place->jobserver[1] },
		.foreground = place->foreground,
		.changed = &k->changed,
		.nofile = k->nofile_raised ? &k->nofile : NULL,
		.note = place->note,
	};
	pid_t pid;

	snprintf(k->seq_text, sizeof k->seq_text, "QPOOL_SEQ=%llu", (unsigned long long)j->seq);
	snprintf(k->task_text, sizeof k->task_text, "QPOOL_TASK_ID=%llu", (unsigned long long)j->task_id);
	snprintf(k->slot_text, sizeof k->slot_text, "QPOOL_SLOT=%u", j->slot);
	k->envp[k->more_at] = place->environment[0];
	k->envp[k->more_at + 1] = place->environment[0] == NULL ? NULL : place->environment[1];
	k->envp[k->more_at + 2] = NULL;
	pid = os_spawn(&s, exec_failed);
	if (pid != -1)
		orphans_exclude(pid);
	return pid;
}

bool
worker_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid == pid;
}

bool
worker_was_killed(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid &&
	    info.si_code != CLD_EXITED;
}

void
worker_signal(pid_t pid, int sig)
{
	/*
	 * ESRCH: the whole group has ended. EPERM: a set-user-ID program that we may not signal. Nothing can be done
	 * about either.
	 */
	if (kill(-pid, sig) == -1)
		return;
}

static int64_t
microseconds(const struct timeval *t)
{
	return (int64_t)t->tv_sec * US_PER_S + t->tv_usec;
}

int
worker_reap(pid_t pid, struct job *j)
{
	struct rusage used;
	pid_t reaped;

	while ((reaped = wait4(pid, &j->wstatus, 0, &used)) == -1 && errno == EINTR)
		continue;
	orphans_include(pid);
	if (reaped == -1)
		return -1;
	j->user_us = microseconds(&used.ru_utime);
	j->sys_us = microseconds(&used.ru_stime);
	j->maxrss_kib = used.ru_maxrss;
	return 0;
}
