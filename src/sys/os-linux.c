/* Linux: pipe2, /proc, pidfd_open, cgroups, splice. Invariant: no state; every /proc reader survives a process that ends meanwhile. */
#include "sys/os.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ANCESTORS = 256 };

int
os_pipe(int fd[2])
{
	return pipe2(fd, O_CLOEXEC);
}

int
os_reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* The file's first bytes, NUL-terminated; false when there are none. */
static bool
slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

/* This process's folder in a cgroup hierarchy: the line of /proc/self/cgroup with that controller ("" for v2). cgroups(7). */
static bool
cgroup_path(const char *controller, char *path, size_t size)
{
	char line[PATH_MAX + 256];
	bool found = false;
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
		char *names = strchr(line, ':'), *rest = names ? strchr(names + 1, ':') : NULL;

		if (rest == NULL)
			continue;
		*rest++ = '\0';
		rest[strcspn(rest, "\n")] = '\0';
		names++;
		if (*controller == '\0' ? *names == '\0' : strstr(names, controller) != NULL)
			found = (size_t)snprintf(path, size, "%s", rest) < size;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

/* CPUs that "quota period" allow, rounded up; 0 = no bound. */
static unsigned
quota_cpus(long long quota, long long period)
{
	if (quota <= 0 || period <= 0)
		return 0;
	return (unsigned)((quota + period - 1) / period);
}

static unsigned
cpu_max_v2(const char *folder)
{
	char path[PATH_MAX + 64], text[128];
	long long quota, period;

	snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", folder);
	if (!slurp(path, text, sizeof text) || sscanf(text, "%lld %lld", &quota, &period) != 2)
		return 0;
	return quota_cpus(quota, period);
}

static unsigned
cpu_quota_v1(const char *folder)
{
	char path[PATH_MAX + 64], quota[64], period[64];

	snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_quota_us", folder);
	if (!slurp(path, quota, sizeof quota))
		return 0;
	snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_period_us", folder);
	if (!slurp(path, period, sizeof period))
		return 0;
	return quota_cpus(strtoll(quota, NULL, 10), strtoll(period, NULL, 10));
}

/* The least bound from this process's cgroup up to the root: each level bounds those below it. */
static unsigned
cgroup_cpus(const char *controller, unsigned (*at)(const char *folder))
{
	char folder[PATH_MAX];
	unsigned least = 0;

	if (!cgroup_path(controller, folder, sizeof folder))
		return 0;
	for (;;) {
		unsigned here = at(folder);
		char *slash = strrchr(folder, '/');

		if (here != 0 && (least == 0 || here < least))
			least = here;
		if (slash == NULL)
			return least;
		*slash = '\0';
	}
}

unsigned
os_cpu_count(void)
{
	cpu_set_t set;
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned count = online > 0 ? (unsigned)online : 1, bound;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		count = (unsigned)CPU_COUNT(&set);
	bound = cgroup_cpus("", cpu_max_v2);
	if (bound != 0 && bound < count)
		count = bound;
	bound = cgroup_cpus("cpu", cpu_quota_v1);
	if (bound != 0 && bound < count)
		count = bound;
	return count ? count : 1;
}

int
os_load(double *load)
{
	return getloadavg(load, 1) == 1 ? 0 : -1;
}

int
os_memory_free(uint64_t *bytes)
{
	char text[512];
	const char *line;
	unsigned long long kib;

	if (!slurp("/proc/meminfo", text, sizeof text))
		return -1;
	line = strstr(text, "MemAvailable:");
	if (line == NULL || sscanf(line, "MemAvailable: %llu", &kib) != 1) {
		errno = ENOSYS;
		return -1;
	}
	*bytes = (uint64_t)kib * 1024;
	return 0;
}

int
os_pidfd(pid_t pid)
{
	/* glibc has no wrapper before 2.36. The descriptor is close-on-exec by itself: pidfd_open(2). */
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* The fields of /proc/PID/stat behind the name, which may itself hold blanks and parentheses. proc(5). */
static bool
read_stat(const char *pid, char *name, size_t size, char *state, pid_t *parent, pid_t *group)
{
	char path[64], text[512], *open_at, *close_at;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	if (!slurp(path, text, sizeof text))
		return false;
	open_at = strchr(text, '(');
	close_at = strrchr(text, ')');
	if (open_at == NULL || close_at == NULL || sscanf(close_at + 1, " %c %d %d", state, parent, group) != 3)
		return false;
	*close_at = '\0';
	snprintf(name, size, "%s", open_at + 1);
	return true;
}

int
os_is_make(pid_t pid)
{
	char text[16], name[64], state;
	pid_t parent, group;

	snprintf(text, sizeof text, "%d", (int)pid);
	if (!read_stat(text, name, sizeof name, &state, &parent, &group))
		return -1;
	return strstr(name, "make") != NULL;
}

bool
os_has_two_children(pid_t pid)
{
	char path[64], text[64];
	int first, second;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	return slurp(path, text, sizeof text) && sscanf(text, "%d %d", &first, &second) == 2;
}

/* By the page faults of the children it waited for, the eleventh number of its stat: there is no process without any. */
bool
os_has_reaped(pid_t pid)
{
	char path[64], text[512], *at;
	unsigned long faults;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (!slurp(path, text, sizeof text))
		return false;
	at = strrchr(text, ')');
	return at != NULL && sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %lu", &faults) == 1 && faults > 0;
}

/* A program behind core_pattern gets a core whatever the limit is, so both. */
void
os_no_core(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
}

void
os_die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L);
}

/* MAKELEVEL as it stands in an environment that /proc/PID/environ shows: as it was at that process's exec(2). 0: none; -1: it cannot be read. */
static long
make_level(pid_t pid)
{
	static const char name[] = "MAKELEVEL=";
	char path[64], *variable = NULL;
	size_t room = 0;
	long level = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (level == 0 && getdelim(&variable, &room, '\0', f) > 0)
		if (strncmp(variable, name, sizeof name - 1) == 0)
			level = strtol(variable + sizeof name - 1, NULL, 10);
	free(variable);
	fclose(f);
	return level;
}

/* Was it this one that raised MAKELEVEL to ours? A script may do that too, and a make be installed as make-4.4: so both are asked. */
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

	for (int i = 0; i < MOST_ANCESTORS && pid > 1 && our_level > 0; i++) {
		snprintf(text, sizeof text, "%d", (int)pid);
		if (!read_stat(text, name, sizeof name, &state, &parent, &group))
			return 0;
		if (is_our_make(pid, name, our_level))
			return pid;
		pid = parent;
	}
	return 0;
}

/* What starts processes that each come with a slot of their own, and sets no variable that says so. */
static bool
gives_slots(const char *name)
{
	static const char *const names[] = { "ninja", "ninja-build", "samu", "cargo", "make" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The process that started the nearest job that we are part of; 0: none. *job: that job's first process. */
static pid_t
job_giver(pid_t *job)
{
	const char *pool = getenv("QPOOL_PID");
	pid_t make = os_make_ancestor(), qpool = pool == NULL ? 0 : (pid_t)strtol(pool, NULL, 10), parent = getppid(),
	      group, above;
	char text[16], name[64], state;

	*job = getpid();
	for (int i = 0; i < MOST_ANCESTORS && parent > 0; i++) {
		snprintf(text, sizeof text, "%d", (int)parent);
		if (!read_stat(text, name, sizeof name, &state, &above, &group))
			return 0;
		if (parent == qpool || parent == make || gives_slots(name))
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

	if (job_giver(&job) == 0) {
		errno = ENOENT;
		return -1;
	}
	/* The folders of a process in /proc are the same to all who look, and gone with it: flock(2) on them needs no file and leaves none. */
	snprintf(path, sizeof path, which == 0 ? "/proc/%d" : "/proc/%d/task", (int)job);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Opens end `fd` of process `pid` again when that is a pipe of ours, open for what we want of it. */
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
os_read_byte(int fd, unsigned char *byte)
{
	struct iovec part = { .iov_base = byte, .iov_len = 1 };

	/* On an anonymous pipe it works whatever O_NONBLOCK says; a named one says EOPNOTSUPP, seen with Linux 6.18. */
	ssize_t n = preadv2(fd, &part, 1, -1, RWF_NOWAIT);

	if (n == -1 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL))
		return os_guarded_read(fd, byte);
	return (int)n;
}

int
os_move_byte(int from_fd, int to_fd)
{
	ssize_t n;

	while ((n = splice(from_fd, NULL, to_fd, NULL, 1, SPLICE_F_NONBLOCK)) == -1 && errno == EINTR)
		continue;
	return (int)n;
}

/* Each such byte has a buffer of its own, of which a pipe has one for each page of its size: pipe(7), fs/splice.c of Linux 6.1. */
unsigned
os_pipe_buffers(int fd, unsigned want)
{
	long page = sysconf(_SC_PAGESIZE);
	int size = fcntl(fd, F_GETPIPE_SZ);

	if (size == -1 || page <= 0)
		return 0;
	if ((unsigned long)size / (unsigned long)page < want && want <= (unsigned long)INT_MAX / (unsigned long)page)
		size = fcntl(fd, F_SETPIPE_SZ, (int)(want * (unsigned long)page));
	return size == -1 ? 0 : (unsigned)((unsigned long)size / (unsigned long)page);
}

bool
os_group_alive(pid_t pgid)
{
	DIR *proc;
	const struct dirent *entry;
	bool alive = false;

	if (kill(-pgid, 0) == -1 && errno == ESRCH)
		return false;
	proc = opendir("/proc");
	if (proc == NULL)
		return true;
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

void
os_punch(int fd, off_t offset, off_t len)
{
	/* Only to save disk: where the file system cannot, the file is emptied when nothing waits any more. */
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, len) == -1)
		return;
}

void
os_set_name(const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
}

char *
os_own_path(void)
{
	return realpath("/proc/self/exe", NULL);
}

size_t
os_longest_argument(void)
{
	return 32 * (size_t)sysconf(_SC_PAGESIZE);
}

const char *
os_network_file_system(int fd)
{
	static const struct {
		unsigned long magic;
		const char *name;
	} known[] = {
		/* statfs(2) */
		{ 0x6969, "nfs" },
		{ 0x517B, "smb" },
		{ 0xFF534D42, "cifs" },
		{ 0xFE534D42, "smb2" },
		{ 0x01021997, "9p" },
		{ 0x5346414F, "afs" },
		{ 0x6B414653, "afs" },
		{ 0x73757245, "coda" },
		{ 0x00C36400, "ceph" },
		{ 0x0BD00BD0, "lustre" },
		{ 0x47504653, "gpfs" },
		{ 0x7461636f, "ocfs2" },
		{ 0x01161970, "gfs2" },
	};
	struct statfs st;

	if (fstatfs(fd, &st) == -1)
		return NULL;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (((unsigned long)st.f_type & 0xFFFFFFFF) == known[i].magic)
			return known[i].name;
	return NULL;
}

int64_t
os_boot_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
os_boot_id(char id[64])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f == NULL || fgets(id, 64, f) == NULL)
		id[0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	if (f != NULL)
		fclose(f);
}
