/* POSIX and common extensions, for systems other than Linux. Invariant: no state. */
#include "sys/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/os-guarded.h"

int
os_pipe(int fd[2])
{
	if (pipe(fd) == -1)
		return -1;
	if (fcntl(fd[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd[1], F_SETFD, FD_CLOEXEC) == 0)
		return 0;
	close(fd[0]);
	close(fd[1]);
	return -1;
}

int
os_reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	return open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

unsigned
os_cpu_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

int
os_load(double *load)
{
	return getloadavg(load, 1) == 1 ? 0 : -1;
}

int
os_memory_free(uint64_t *bytes)
{
#ifdef _SC_AVPHYS_PAGES
	long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	if (pages >= 0 && size > 0) {
		*bytes = (uint64_t)pages * (uint64_t)size;
		return 0;
	}
#endif
	*bytes = 0;
	errno = ENOSYS;
	return -1;
}

int
os_pidfd(pid_t pid)
{
	(void)pid;
	errno = ENOSYS;
	return -1;
}

pid_t
os_make_ancestor(void)
{
	return 0;
}

pid_t
os_flock_owner(int fd)
{
	(void)fd;
	return 0;
}

int
os_recipe_fd(int which)
{
	(void)which;
	errno = ENOSYS;
	return -1;
}

int
os_make_pipe(int read_fd, int write_fd, int own[2])
{
	(void)read_fd;
	(void)write_fd;
	(void)own;
	errno = ESRCH;
	return -1;
}

bool
os_find_descendant(pid_t pid, bool (*fn)(void *arg, const char *args, size_t len), void *arg)
{
	(void)pid, (void)fn, (void)arg;
	return false;
}

int
os_has_pipe(pid_t pid, dev_t dev, ino_t ino)
{
	(void)pid, (void)dev, (void)ino;
	return -1;
}

int
os_read_byte(int fd, unsigned char *byte)
{
	return os_guarded_read(fd, byte);
}

int
os_move_byte(int from_fd, int to_fd)
{
	(void)from_fd, (void)to_fd;
	errno = ENOSYS;
	return -1;
}

unsigned
os_pipe_buffers(int fd, unsigned want)
{
	(void)fd, (void)want;
	return 0;
}

void
os_punch(int fd, off_t offset, off_t len)
{
	(void)fd;
	(void)offset;
	(void)len;
}

void
os_set_name(const char *name)
{
	(void)name;
}

bool
os_has_two_children(pid_t pid)
{
	(void)pid;
	return false;
}

char *
os_own_path(void)
{
	/* Some systems other than Linux have such a directory. */
	return realpath("/proc/self/exe", NULL);
}

size_t
os_longest_argument(void)
{
#ifdef __linux__
	return 32 * (size_t)sysconf(_SC_PAGESIZE);
#else
	long most = sysconf(_SC_ARG_MAX);

	return most > 0 ? (size_t)most : _POSIX_ARG_MAX;
#endif
}

const char *
os_network_file_system(int fd)
{
	(void)fd;
	return NULL;
}

int64_t
os_boot_ns(void)
{
	struct timespec t;

#ifdef CLOCK_BOOTTIME
	clock_gettime(CLOCK_BOOTTIME, &t);
#else
	clock_gettime(CLOCK_MONOTONIC, &t);
#endif
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/*
 * Not available everywhere. Without it a lease that survives a reboot lasts until the new clock reaches the old
 * deadline.
 */
void
os_boot_id(char id[64])
{
	id[0] = '\0';
}

int
os_is_make(pid_t pid)
{
	(void)pid;
	return -1;
}

int
os_each_child(void (*fn)(void *arg, pid_t pid), void *arg)
{
	(void)fn;
	(void)arg;
	errno = ENOSYS;
	return -1;
}

bool
os_has_reaped(pid_t pid)
{
	(void)pid;
	return false;
}

void
os_no_core(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
}

void
os_die_with_parent(void)
{
}
