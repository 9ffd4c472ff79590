/*
 * Preloaded by tests/pool/faults.bats: makes one system call fail in the process named qpool.
 *
 * FAULT is "CALL:ERRNO-NAME:FROM:COUNT[:EVERY]": calls number FROM to FROM + COUNT - 1 of CALL fail, or every
 * EVERY-th call. CALL is fork, vfork, pipe2, mkfifo, write, read, readpipe (read(2) of a pipe), splice, epoll_wait,
 * epoll_ctl, epoll_mod (epoll_ctl(2) with EPOLL_CTL_MOD), wait4 or pwrite. With
 * FAULT=slow, the keeper takes half a second to start, and then appends a line to the file `order`.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char *program_invocation_short_name;

static struct {
	char call[16];
	int error;
	long from, count, every, seen;
} fault;

static void __attribute__((constructor)) read_fault(void)
{
	const char *text = getenv("FAULT");
	char name[16] = "";

	if (text == NULL || strcmp(program_invocation_short_name, "qpool") != 0)
		return;
	if (strcmp(text, "slow") == 0)
		strcpy(fault.call, text);
	if (sscanf(text, "%15[^:]:%15[^:]:%ld:%ld:%ld", fault.call, name, &fault.from, &fault.count, &fault.every) < 4)
		return;
	if (strcmp(name, "EAGAIN") == 0)
		fault.error = EAGAIN;
	else if (strcmp(name, "EMFILE") == 0)
		fault.error = EMFILE;
	else if (strcmp(name, "ENOSPC") == 0)
		fault.error = ENOSPC;
	else if (strcmp(name, "EINTR") == 0)
		fault.error = EINTR;
	else if (strcmp(name, "EINVAL") == 0)
		fault.error = EINVAL;
	else if (strcmp(name, "EIO") == 0)
		fault.error = EIO;
	else if (strcmp(name, "ENOMEM") == 0)
		fault.error = ENOMEM;
}

static bool
fails(const char *call)
{
	if (fault.error == 0 || strcmp(call, fault.call) != 0)
		return false;
	fault.seen++;
	if (fault.every > 0 ? fault.seen % fault.every != 0
			    : fault.seen < fault.from || fault.seen >= fault.from + fault.count)
		return false;
	errno = fault.error;
	return true;
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

int pipe2(int fd[2], int flags);
int
pipe2(int fd[2], int flags)
{
	REAL(pipe2);

	return fails("pipe2") ? -1 : real(fd, flags);
}

/* What the POSIX implementation calls in place of pipe2(); the same fault. */
int
pipe(int fd[2])
{
	REAL(pipe);

	return fails("pipe2") ? -1 : real(fd);
}

int
mkfifoat(int directory, const char *path, mode_t mode)
{
	REAL(mkfifoat);

	return fails("mkfifo") ? -1 : real(directory, path, mode);
}

pid_t
fork(void)
{
	REAL(fork);

	return fails("fork") ? -1 : real();
}

/*
 * A wrapper of vfork(2) would return from the stack frame that the parent still needs. Where exec succeeds, fork(2) is
 * close enough.
 */
pid_t
vfork(void)
{
	REAL(fork);

	return fails("vfork") ? -1 : real();
}

/* Only the keeper calls setsid(). */
pid_t
setsid(void)
{
	REAL(setsid);

	if (strcmp(fault.call, "slow") == 0) {
		int fd;

		usleep(500000);
		fd = open("order", O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd == -1 || write(fd, "keeper\n", 7) != 7)
			_exit(1);
		close(fd);
	}
	return real();
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	REAL(write);

	return fails("write") ? -1 : real(fd, bytes, len);
}

static mode_t
mode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_mode : 0;
}

ssize_t
read(int fd, void *bytes, size_t len)
{
	REAL(read);

	if (fails("read") || (S_ISFIFO(mode_of(fd)) && fails("readpipe")))
		return -1;
	return real(fd, bytes, len);
}

ssize_t
splice(int from_fd, off_t *from, int to_fd, off_t *to, size_t len, unsigned flags)
{
	REAL(splice);

	return fails("splice") ? -1 : real(from_fd, from, to_fd, to, len, flags);
}

ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	REAL(pwrite);

	return fails("pwrite") ? -1 : real(fd, bytes, len, at);
}

ssize_t
pwritev(int fd, const struct iovec *part, int count, off_t at)
{
	REAL(pwritev);

	return fails("pwrite") ? -1 : real(fd, part, count, at);
}

int
epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
	REAL(epoll_wait);

	return fails("epoll_wait") ? -1 : real(fd, events, most, timeout);
}

int
epoll_ctl(int fd, int op, int of, struct epoll_event *event)
{
	REAL(epoll_ctl);

	if (fails("epoll_ctl") || (op == EPOLL_CTL_MOD && fails("epoll_mod")))
		return -1;
	return real(fd, op, of, event);
}

pid_t
wait4(pid_t pid, int *status, int options, struct rusage *used)
{
	REAL(wait4);

	return fails("wait4") ? -1 : real(pid, status, options, used);
}
