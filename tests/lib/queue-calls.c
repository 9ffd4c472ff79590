/*
 * Preloaded into qctl (or the program QUEUE_PROGRAM) by crash.bats, power.bats and full.bats of tests/queue. Counts the
 * calls that change files or locks, and
 *
 *     QUEUE_KILL=N      kills the process before call N; with QUEUE_TORN=1, when half of what it writes is written
 *     QUEUE_SIGNAL=N    with QUEUE_KILL: sends this signal instead, and goes on if it does not end the process
 *     QUEUE_FULL=N      from call N on, lets calls that need disk space fail with ENOSPC; files that are then
 *                       removed or truncated free space
 *     QUEUE_COUNT=FILE  writes the number of calls into FILE
 *     QUEUE_RECORD=FILE appends each call, in order, to FILE for tests/lib/queue-replay.py
 *
 * Writes of stdio do not pass here, so standard output does not count; fflush(3) is recorded, with the number of bytes
 * written to standard output.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

extern char *program_invocation_short_name;

static long seen, kill_at, full_at, kill_signal;
static pid_t own; /* not that of the keeper of a pool */
static bool torn;
static bool exiting; /* a build that measures coverage now writes its counters, which do not count */
static const char *count_file;
static off_t free_space; /* freed on the full disk */
static int record_fd = -1;

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int
real_open(const char *path, int flags)
{
	REAL(open);

	return real(path, flags | O_CLOEXEC, 0600);
}

static ssize_t
real_write(int fd, const void *bytes, size_t len)
{
	REAL(write);

	return real(fd, bytes, len);
}

static long
number(const char *name)
{
	const char *text = getenv(name);

	return text == NULL ? 0 : atol(text);
}

static void __attribute__((constructor)) begin(void)
{
	const char *program = getenv("QUEUE_PROGRAM");

	if (strcmp(program_invocation_short_name, program != NULL ? program : "qctl") != 0)
		return;
	own = getpid();
	kill_at = number("QUEUE_KILL");
	kill_signal = number("QUEUE_SIGNAL");
	full_at = number("QUEUE_FULL");
	torn = number("QUEUE_TORN") != 0;
	count_file = getenv("QUEUE_COUNT");
	if (getenv("QUEUE_RECORD") != NULL)
		record_fd = real_open(getenv("QUEUE_RECORD"), O_WRONLY | O_APPEND | O_CREAT);
}

static void __attribute__((destructor)) end(void)
{
	char text[32];
	int fd = count_file == NULL ? -1 : real_open(count_file, O_WRONLY | O_CREAT | O_TRUNC),
	    len = snprintf(text, sizeof text, "%ld\n", seen);

	if (fd != -1 && real_write(fd, text, (size_t)len) != len)
		abort();
}

/* Is this the call to die at? */
static bool
at_end(void)
{
	return !exiting && getpid() == own && ++seen == kill_at;
}

static void
die(void)
{
	if (kill_signal != 0) {
		kill(getpid(), (int)kill_signal);
		return;
	}
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static void
count(void)
{
	if (at_end())
		die();
}

/* Whether `more` bytes do not fit. Sets errno. */
static bool
is_full(off_t more)
{
	if (exiting || full_at == 0 || seen < full_at)
		return false;
	if (more <= free_space) {
		free_space -= more;
		return false;
	}
	errno = ENOSPC;
	return true;
}

static void
add_space(off_t len)
{
	if (full_at != 0 && seen >= full_at)
		free_space += len;
}

/* Whether the file cannot be as long as end_at. */
static bool
cannot_reach(int fd, off_t end_at)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && end_at > st.st_size && is_full(end_at - st.st_size);
}

/* One record: a line "KIND INODE OFFSET LENGTH PATH", then the bytes. */
static void
record(char kind, ino_t inode, off_t at, const void *bytes, size_t len, const char *path)
{
	struct iovec part[2];
	char line[PATH_MAX + 100];
	int saved = errno, n;

	if (record_fd == -1 || exiting)
		return;
	n = snprintf(line, sizeof line, "%c %lu %ld %zu %s\n", kind, (unsigned long)inode, (long)at,
	    bytes == NULL ? 0 : len, path);
	part[0] = (struct iovec){ line, (size_t)n };
	part[1] = (struct iovec){ (void *)bytes, bytes == NULL ? 0 : len };
	/* One call, so that the records of several processes do not mix. */
	if (writev(record_fd, part, 2) == -1)
		abort();
	errno = saved;
}

static void
record_fd_call(char kind, int fd, off_t at, const void *bytes, size_t len)
{
	struct stat st;
	int saved = errno;

	if (record_fd != -1 && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		record(kind, st.st_ino, at, bytes, len, "-");
	errno = saved;
}

static void
whole_path(int dir, const char *path, char whole[PATH_MAX])
{
	char name[64], directory[PATH_MAX] = ".";
	ssize_t n;

	snprintf(name, sizeof name, dir == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", dir);
	n = readlink(name, directory, sizeof directory - 1);
	if (n > 0)
		directory[n] = '\0';
	if (path[0] == '/')
		snprintf(whole, PATH_MAX, "%s", path);
	else
		snprintf(whole, PATH_MAX, "%.2000s/%.2000s", directory, path);
}

static void
record_path_call(char kind, int dir, const char *path, ino_t inode)
{
	char whole[PATH_MAX];
	int saved = errno;

	if (record_fd == -1)
		return;
	whole_path(dir, path, whole);
	record(kind, inode, 0, NULL, 0, whole);
	errno = saved;
}

static void
record_rename(int dir, const char *from, int to_dir, const char *to)
{
	char whole[PATH_MAX];

	if (record_fd == -1)
		return;
	whole_path(to_dir, to, whole);
	record_path_call('F', dir, from, 0);
	record('T', 0, 0, NULL, 0, whole);
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t n;

	if (at_end()) {
		if (torn)
			real_write(fd, bytes, len / 2);
		die();
	}
	/* A message can always be written. */
	if (fd != STDERR_FILENO && cannot_reach(fd, at + (off_t)len))
		return -1;
	n = real_write(fd, bytes, len);
	if (n > 0)
		record_fd_call('W', fd, at, bytes, (size_t)n);
	return n;
}

static ssize_t
write_at(int fd, const void *bytes, size_t len, off_t at)
{
	REAL(pwrite);
	ssize_t n;

	if (at_end()) {
		if (torn)
			real(fd, bytes, len / 2, at);
		die();
	}
	if (cannot_reach(fd, at + (off_t)len))
		return -1;
	n = real(fd, bytes, len, at);
	if (n > 0)
		record_fd_call('W', fd, at, bytes, (size_t)n);
	return n;
}

ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return write_at(fd, bytes, len, at);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
	return write_at(fd, bytes, len, at);
}

static int
cut(int fd, off_t len)
{
	REAL(ftruncate);
	struct stat st;
	int result;

	count();
	if (cannot_reach(fd, len))
		return -1;
	if (fstat(fd, &st) == 0 && st.st_size > len)
		add_space(st.st_size - len);
	result = real(fd, len);
	if (result == 0)
		record_fd_call('L', fd, len, NULL, 0);
	return result;
}

int
ftruncate(int fd, off_t len)
{
	return cut(fd, len);
}

int
ftruncate64(int fd, off_t len)
{
	return cut(fd, len);
}

int
posix_fallocate(int fd, off_t at, off_t len)
{
	REAL(posix_fallocate);

	count();
	return cannot_reach(fd, at + len) ? ENOSPC : real(fd, at, len);
}

int
fsync(int fd)
{
	REAL(fsync);
	int result;

	count();
	result = real(fd);
	if (result == 0)
		record_fd_call('S', fd, 0, NULL, 0);
	return result;
}

int
fdatasync(int fd)
{
	REAL(fdatasync);
	int result;

	count();
	result = real(fd);
	if (result == 0)
		record_fd_call('S', fd, 0, NULL, 0);
	return result;
}

/* What is opened to be made, and what opening cuts short. */
static int
open_at(int dir, const char *path, int flags, mode_t mode)
{
	REAL(openat);
	struct stat st;
	int fd;

	exiting = exiting || strstr(path, ".gcda") != NULL;
	if ((flags & (O_CREAT | O_TRUNC)) != 0)
		count();
	fd = real(dir, path, flags, mode);
	if (fd != -1 && (flags & O_CREAT) != 0 && fstat(fd, &st) == 0)
		record_path_call('C', dir, path, st.st_ino);
	return fd;
}

#define MODE(flags)                                                                                                    \
	mode_t mode = 0;                                                                                               \
	va_list ap;                                                                                                    \
	if (((flags)&O_CREAT) != 0) {                                                                                  \
		va_start(ap, flags);                                                                                   \
		mode = va_arg(ap, mode_t);                                                                             \
		va_end(ap);                                                                                            \
	}

int
open(const char *path, int flags, ...)
{
	MODE(flags)
	return open_at(AT_FDCWD, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	MODE(flags)
	return open_at(AT_FDCWD, path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	MODE(flags)
	return open_at(dir, path, flags, mode);
}

int
openat64(int dir, const char *path, int flags, ...)
{
	MODE(flags)
	return open_at(dir, path, flags, mode);
}

static int
lock_call(int fd, int command, void *arg)
{
	int (*real)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl");

	if (command == F_SETLK || command == F_OFD_SETLK)
		count();
	return real(fd, command, arg);
}

int
fcntl(int fd, int command, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return lock_call(fd, command, arg);
}

int
fcntl64(int fd, int command, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return lock_call(fd, command, arg);
}

int
flock(int fd, int what)
{
	REAL(flock);

	count();
	return real(fd, what);
}

int
unlinkat(int dir, const char *path, int flags)
{
	REAL(unlinkat);
	struct stat st;
	int result;

	count();
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		add_space(st.st_size);
	result = real(dir, path, flags);
	if (result == 0)
		record_path_call('U', dir, path, 0);
	return result;
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int
rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int
renameat(int dir, const char *from, int to_dir, const char *to)
{
	REAL(renameat);
	int result;

	count();
	result = real(dir, from, to_dir, to);
	if (result == 0)
		record_rename(dir, from, to_dir, to);
	return result;
}

int
rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	REAL(mkdirat);
	struct stat st;
	int result;

	count();
	if (is_full(4096)) /* a directory and a named pipe take space too */
		return -1;
	result = real(dir, path, mode);
	if (result == 0 && fstatat(dir, path, &st, 0) == 0)
		record_path_call('D', dir, path, st.st_ino);
	return result;
}

int
mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int
mkfifoat(int dir, const char *path, mode_t mode)
{
	REAL(mkfifoat);
	struct stat st;
	int result;

	count();
	if (is_full(4096))
		return -1;
	result = real(dir, path, mode);
	if (result == 0 && fstatat(dir, path, &st, 0) == 0)
		record_path_call('P', dir, path, st.st_ino);
	return result;
}

/* Records the number of bytes printed so far. */
int
fflush(FILE *f)
{
	REAL(fflush);
	int result = real(f);

	if (f == stdout && result == 0)
		record_fd_call('O', STDOUT_FILENO, lseek(STDOUT_FILENO, 0, SEEK_CUR), NULL, 0);
	return result;
}
