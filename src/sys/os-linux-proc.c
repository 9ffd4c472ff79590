/*
 * Linux: other processes, from /proc. Invariant: a process may end at any moment, and then the answer is "unknown" or
 * "no".
 */
#include "sys/os.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/os-linux-private.h"

enum { MOST_ANCESTORS = 256, MOST_DESCENDANTS = 1000 };

/*
 * Is /proc mounted, and for our PID namespace? In a chroot it may be missing or empty. In a new PID namespace it may
 * still be that of the parent namespace, where our pids belong to other processes.
 */
static bool
proc_is_ours(void)
{
	char text[32];
	ssize_t n = readlink("/proc/self", text, sizeof text - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	return strtol(text, NULL, 10) == (long)getpid();
}

/* Reads the fields of /proc/PID/stat behind the name, which may itself contain blanks and parentheses. proc(5). */
static bool
read_stat(const char *pid, char *name, size_t size, char *state, pid_t *parent, pid_t *group)
{
	char path[64], text[512], *open_at, *close_at;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	if (!os_linux_read(path, text, sizeof text))
		return false;
	open_at = strchr(text, '(');
	close_at = strrchr(text, ')');
	if (open_at == NULL || close_at == NULL || sscanf(close_at + 1, " %c %d %d", state, parent, group) != 3)
		return false;
	*close_at = '\0';
	snprintf(name, size, "%s", open_at + 1);
	return true;
}

/* proc_locks(5). The device is not compared: some file systems have another one there than in stat(2). */
pid_t
os_flock_owner(int fd)
{
	FILE *f = fopen("/proc/locks", "re");
	char line[256], kind[16], access[16];
	unsigned long long inode;
	struct stat st;
	long pid;
	pid_t owner = 0;

	if (f == NULL)
		return 0;
	while (owner == 0 && fstat(fd, &st) == 0 && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "%*s %15s %*s %15s %ld %*x:%*x:%llu", kind, access, &pid, &inode) == 4 &&
		    strcmp(kind, "FLOCK") == 0 && strcmp(access, "WRITE") == 0 && inode == st.st_ino)
			owner = (pid_t)pid;
	fclose(f);
	return owner;
}

int
os_is_make(pid_t pid)
{
	char text[16], name[64], state;
	pid_t parent, group;

	snprintf(text, sizeof text, "%d", (int)pid);
	if (!proc_is_ours() || !read_stat(text, name, sizeof name, &state, &parent, &group))
		return -1;
	return strstr(name, "make") != NULL;
}

bool
os_has_two_children(pid_t pid)
{
	char path[64], text[64];
	int first, second;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	return proc_is_ours() && os_linux_read(path, text, sizeof text) && sscanf(text, "%d %d", &first, &second) == 2;
}

int
os_each_child(void (*fn)(void *arg, pid_t pid), void *arg)
{
	char path[64];
	int pid;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	f = proc_is_ours() ? fopen(path, "re") : NULL;
	if (f == NULL) {
		errno = ENOSYS;
		return -1;
	}
	while (fscanf(f, "%d", &pid) == 1)
		fn(arg, (pid_t)pid);
	fclose(f);
	return 0;
}

/* Appends the children of a process to the `count` pids, which have space for MOST_DESCENDANTS. */
static void
add_children(pid_t pid, pid_t *pids, size_t *count)
{
	char path[64];
	int child;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (*count < MOST_DESCENDANTS && fscanf(f, "%d", &child) == 1)
		pids[(*count)++] = (pid_t)child;
	fclose(f);
}

bool
os_find_descendant(pid_t pid, bool (*fn)(void *arg, const char *args, size_t len), void *arg)
{
	pid_t pids[MOST_DESCENDANTS] = { pid };
	size_t count = 1;
	bool found = false;

	if (!proc_is_ours())
		return false;
	for (size_t i = 0; i < count && !found; i++) {
		char path[64], args[4096];
		int fd;
		ssize_t n;

		snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pids[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd == -1 ? -1 : read(fd, args, sizeof args);
		if (fd != -1)
			close(fd);
		found = n > 0 && fn(arg, args, (size_t)n);
		add_children(pids[i], pids, &count);
	}
	return found;
}

/* By the page faults of the children that it waited for, the eleventh number of its stat: every process has some. */
bool
os_has_reaped(pid_t pid)
{
	char path[64], text[512], *at;
	unsigned long faults;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (!proc_is_ours() || !os_linux_read(path, text, sizeof text))
		return false;
	at = strrchr(text, ')');
	return at != NULL && sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %lu", &faults) == 1 && faults > 0;
}

/*
 * Returns MAKELEVEL from /proc/PID/environ, which shows the environment at the time of exec(2). 0: not set; -1: it
 * cannot be read.
 */
static long
make_level(pid_t pid)
{
	static const char name[] = "MAKELEVEL=";
	char path[64], *variable = NULL;
	size_t capacity = 0;
	long level = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (level == 0 && getdelim(&variable, &capacity, '\0', f) > 0)
		if (strncmp(variable, name, sizeof name - 1) == 0)
			level = strtol(variable + sizeof name - 1, NULL, 10);
	free(variable);
	fclose(f);
	return level;
}

/*
 * Is this the make that raised MAKELEVEL to ours? A script may raise it too, and a make may be installed as make-4.4,
 * so both the name and the level are checked.
 */
static bool
is_our_make(pid_t pid, const char *name, long our_level)
{
	long level;

	if (strstr(name, "make") == NULL)
		return false;
	level = make_level(pid);
	return level == -1 || level == our_level - 1;
}

pid_t
os_make_ancestor(void)
{
	const char *level = getenv("MAKELEVEL");
	long our_level = level == NULL ? 0 : strtol(level, NULL, 10);
	pid_t pid = getppid(), parent, group;
	char text[16], name[64], state;

	if (our_level <= 0 || !proc_is_ours())
		return 0;
	for (int i = 0; i < MOST_ANCESTORS && pid > 1; i++) {
		snprintf(text, sizeof text, "%d", (int)pid);
		if (!read_stat(text, name, sizeof name, &state, &parent, &group))
			return 0;
		if (is_our_make(pid, name, our_level))
			return pid;
		pid = parent;
	}
	return 0;
}

/* Programs that give each process they start a slot of its own, and set no variable that shows it. */
static bool
runs_jobs(const char *name)
{
	static const char *const names[] = { "ninja", "ninja-build", "samu", "cargo", "make" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/*
 * Returns the process that started the job that we are part of, the nearest one if jobs are nested; 0: none. *job:
 * its first process.
 */
static pid_t
job_starter(pid_t *job)
{
	const char *pool = getenv("QPOOL_PID");
	pid_t make = os_make_ancestor(), qpool = pool == NULL ? 0 : (pid_t)strtol(pool, NULL, 10), parent = getppid(),
	      group, above;
	char text[16], name[64], state;

	*job = getpid();
	if (!proc_is_ours())
		return 0;
	for (int i = 0; i < MOST_ANCESTORS && parent > 0; i++) {
		snprintf(text, sizeof text, "%d", (int)parent);
		if (!read_stat(text, name, sizeof name, &state, &above, &group))
			return 0;
		if (parent == qpool || parent == make || runs_jobs(name))
			return parent;
		*job = parent;
		parent = above;
	}
	return 0;
}

int
os_recipe_fd(int which)
{
	char path[64];
	pid_t job;

	if (job_starter(&job) == 0) {
		errno = ENOENT;
		return -1;
	}
	/*
	 * The directories of a process in /proc are the same files for all and vanish with it, so flock(2) on
	 * them needs no file and leaves none behind.
	 */
	snprintf(path, sizeof path, which == 0 ? "/proc/%d" : "/proc/%d/task", (int)job);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Opens fd `fd` of process `pid` again, if it is a pipe of this user that is open for `flags`. */
static int
reopen_of(pid_t pid, int fd, int flags)
{
	struct stat st, link;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	if (stat(path, &st) == -1 || !S_ISFIFO(st.st_mode) || st.st_uid != geteuid() || lstat(path, &link) == -1)
		return -1;
	if ((link.st_mode & (flags == O_RDONLY ? S_IRUSR : S_IWUSR)) == 0)
		return -1;
	return open(path, flags | O_NONBLOCK | O_CLOEXEC);
}

int
os_make_pipe(int read_fd, int write_fd, int own[2])
{
	pid_t make = os_make_ancestor();

	own[0] = own[1] = -1;
	errno = ESRCH;
	if (make == 0)
		return -1;
	own[0] = reopen_of(make, read_fd, O_RDONLY);
	if (own[0] != -1)
		own[1] = reopen_of(make, write_fd, O_WRONLY);
	if (own[1] != -1)
		return 0;
	if (own[0] != -1)
		close(own[0]);
	own[0] = -1;
	errno = ENOENT;
	return -1;
}

int
os_has_pipe(pid_t pid, dev_t dev, ino_t ino)
{
	const struct dirent *entry;
	struct stat st;
	char path[64];
	DIR *fds;
	int found = 0;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	fds = proc_is_ours() ? opendir(path) : NULL;
	if (fds == NULL)
		return -1;
	while (found == 0 && (entry = readdir(fds)) != NULL)
		found = fstatat(dirfd(fds), entry->d_name, &st, 0) == 0 && st.st_dev == dev && st.st_ino == ino;
	closedir(fds);
	return found;
}

bool
os_group_alive(pid_t pgid)
{
	DIR *proc;
	const struct dirent *entry;
	bool alive = false;

	if (kill(-pgid, 0) == -1 && errno == ESRCH)
		return false;
	proc = proc_is_ours() ? opendir("/proc") : NULL;
	if (proc == NULL)
		return os_group_scan(pgid);
	while (!alive && (entry = readdir(proc)) != NULL) {
		char name[64], state;
		pid_t parent, group;

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    read_stat(entry->d_name, name, sizeof name, &state, &parent, &group))
			alive = group == pgid && state != 'Z' && state != 'X';
	}
	closedir(proc);
	return alive;
}
