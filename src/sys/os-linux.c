/* Linux: files, pipes and this process. Invariant: no state. */
#include "sys/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/os-guarded.h"
#include "sys/os-linux-private.h"

bool
os_linux_read(const char *path, char *text, size_t size)
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

int
os_pidfd(pid_t pid)
{
	/* glibc has no wrapper before 2.36. The fd is close-on-exec by default: pidfd_open(2). */
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Both, because a program named in core_pattern receives a core dump whatever the limit is. */
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

int
os_read_byte(int fd, unsigned char *byte)
{
	struct iovec part = { .iov_base = byte, .iov_len = 1 };

	/*
	 * Works on an anonymous pipe whether or not O_NONBLOCK is set. On a named pipe it fails with EOPNOTSUPP, seen
	 * with Linux 6.18.
	 */
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

/*
 * Each moved byte occupies a buffer of its own, and a pipe has one buffer for each page of its size: pipe(7),
 * fs/splice.c of Linux 6.1.
 */
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

void
os_punch(int fd, off_t offset, off_t len)
{
	/*
	 * Only saves disk space: if the file system does not support it, the file shrinks when nothing in it waits
	 * any more.
	 */
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
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
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
