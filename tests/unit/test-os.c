/*
 * os: reading and moving single bytes of pipes with and without a name, without ever blocking; which process groups are
 * alive.
 */
#include "sys/os.h"
#include "sys/os-guarded.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* A pipe, with or without a name, on which a plain read would block. */
static void
open_pipe(bool named, int fd[2])
{
	static const char path[] = "test-os.fifo";

	if (!named) {
		tap_ok(os_pipe(fd) == 0, "os: a pipe is created");
		return;
	}
	unlink(path);
	tap_ok(mkfifo(path, 0600) == 0 && (fd[1] = open(path, O_RDWR)) != -1 && (fd[0] = open(path, O_RDONLY)) != -1,
	    "os: a named pipe is created");
	unlink(path);
}

static void
test_read(const char *what, bool named, int (*read_byte)(int fd, unsigned char *byte))
{
	unsigned char byte = 'x';
	int fd[2];

	open_pipe(named, fd);
	tap_ok(read_byte(fd[0], &byte) == -1 && errno == EAGAIN && byte == 'x',
	    "os: %s: an empty pipe gives EAGAIN, and the byte is unchanged", what);
	tap_ok(write(fd[1], "ab", 2) == 2 && read_byte(fd[0], &byte) == 1 && byte == 'a',
	    "os: %s: the first byte is taken", what);
	tap_ok(read_byte(fd[0], &byte) == 1 && byte == 'b', "os: %s: the next byte is taken", what);
	close(fd[1]);
	tap_ok(read_byte(fd[0], &byte) == 0 && byte == 'b', "os: %s: the end of file is 0", what);
	close(fd[0]);
	tap_ok(read_byte(fd[0], &byte) == -1 && errno == EBADF, "os: %s: a closed fd is EBADF", what);
}

static void
test_move(const char *what, bool named)
{
	char page[4096] = { 0 };
	int from[2], to[2];
	unsigned buffers;

	open_pipe(named, from);
	open_pipe(false, to);
	buffers = os_pipe_buffers(to[1], 20);
	if (buffers == 0) {
		tap_ok(os_move_byte(from[0], to[1]) == -1 && errno == ENOSYS, "os: %s: is not supported on this system",
		    what);
		goto done;
	}
	tap_ok(buffers >= 20 && os_pipe_buffers(to[1], 1) == buffers,
	    "os: %s: a pipe is enlarged, and never made smaller", what);
	tap_ok(os_move_byte(from[0], to[1]) == -1 && errno == EAGAIN, "os: %s: an empty pipe gives EAGAIN", what);
	tap_ok(write(from[1], "abc", 3) == 3 && os_move_byte(from[0], to[1]) == 1 && os_move_byte(from[0], to[1]) == 1,
	    "os: %s: two bytes are moved", what);
	tap_ok(read(to[0], page, sizeof page) == 2 && page[0] == 'a' && page[1] == 'b',
	    "os: %s: the bytes keep their order", what);
	tap_ok(
	    read(from[0], page, sizeof page) == 1 && page[0] == 'c', "os: %s: the third byte stays where it was", what);
	while (write(from[1], page, 1) == 1 && os_move_byte(from[0], to[1]) == 1)
		buffers--;
	tap_ok(
	    errno == EAGAIN && buffers == 0, "os: %s: each byte takes one buffer of the pipe, until it is full", what);
	tap_ok(read(from[0], page, sizeof page) == 1, "os: %s: the byte that did not fit is not lost", what);
	close(from[1]);
	from[1] = -1;
	read(to[0], page, 1);
	tap_ok(os_move_byte(from[0], to[1]) == 0, "os: %s: the end of file is 0", what);
	close(from[0]);
	tap_ok(os_move_byte(from[0], to[1]) == -1 && errno == EBADF, "os: %s: a closed fd is EBADF", what);
	from[0] = -1;
done:
	close(from[0]);
	close(from[1]);
	close(to[0]);
	close(to[1]);
}

/* Starts a process in group `pgid`, 0: its own, that waits until it is killed. Returns when it is in the group. */
static pid_t
start_member(pid_t pgid)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, pgid);
		for (;;)
			pause();
	}
	setpgid(pid, pgid);
	return pid;
}

/* Kills the process and waits until it is a zombie. */
static void
make_zombie(pid_t pid)
{
	siginfo_t info;

	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
}

static void
test_group(const char *what, bool (*alive)(pid_t pgid))
{
	pid_t leader = start_member(0), member = start_member(leader);

	tap_ok(alive(leader), "os: %s: a group with its leader", what);
	make_zombie(leader);
	tap_ok(alive(leader), "os: %s: a group whose leader is a zombie", what);
	make_zombie(member);
	tap_ok(!alive(leader), "os: %s: a group of zombies is not alive", what);
	waitpid(leader, NULL, 0);
	tap_ok(!alive(leader), "os: %s: a group of a zombie without its leader is not alive", what);
	waitpid(member, NULL, 0);
	tap_ok(!alive(leader), "os: %s: a group without processes is not alive", what);
}

static void
test_reopen(void)
{
	int fd[2], own;
	char byte;

	if (os_pipe(fd) == -1)
		return;
	own = os_reopen(fd[0], O_RDONLY);
	tap_ok(own != -1 && (fcntl(own, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd[0], F_GETFL) & O_NONBLOCK) == 0,
	    "os: reopen: only the new fd is non-blocking");
	tap_ok((fcntl(own, F_GETFD) & FD_CLOEXEC) != 0, "os: reopen: the new fd is close-on-exec");
	tap_ok(write(fd[1], "x", 1) == 1 && read(own, &byte, 1) == 1 && byte == 'x', "os: reopen: it is the same pipe");
	close(own);
	close(fd[0]);
	close(fd[1]);
	errno = 0;
	tap_ok(os_reopen(fd[0], O_RDONLY) == -1 && errno != 0, "os: reopen: a closed fd is an error");
}

/* Closes the standard fds in a child, and uses what is there after os_guard_standard. */
static void
test_guard_standard(void)
{
	int wstatus = -1;
	pid_t pid = fork();

	if (pid == 0) {
		char byte;

		for (int fd = 0; fd <= 2; fd++)
			close(fd);
		if (os_guard_standard() == -1)
			_exit(1);
		_exit(read(0, &byte, 1) == -1 && errno == EBADF && write(1, "x", 1) == -1 && errno == EBADF &&
			    write(2, "x", 1) == -1 && errno == EBADF && open("/dev/null", O_RDONLY) > 2
			? 0
			: 2);
	}
	tap_ok(waitpid(pid, &wstatus, 0) == pid && wstatus == 0,
	    "os: guard: closed standard fds are taken, and still fail when used");
	tap_ok(os_guard_standard() == 0 && write(1, "", 0) == 0, "os: guard: open standard fds are unchanged");
}

static void
test_machine(void)
{
	char id[64], again[64], *path = os_own_path();
	int64_t before = os_boot_ns();
	size_t rows = 0, columns = 0;
	uint64_t bytes = 0;
	double load = -1;
	int fd[2];

	tap_ok(os_cpu_count() >= 1 && os_cpu_count() <= (unsigned)sysconf(_SC_NPROCESSORS_CONF),
	    "os: the CPUs are between 1 and those of the machine");
	tap_ok(os_load(&load) == 0 && load >= 0, "os: the load average is not negative");
	tap_ok(os_memory_free(&bytes) == 0 ? bytes > 0 : errno == ENOSYS, "os: the free memory is known, or ENOSYS");
	tap_ok(before > 0 && os_boot_ns() >= before, "os: the time since the boot does not run backwards");
	os_boot_id(id);
	os_boot_id(again);
	tap_ok(strcmp(id, again) == 0 && strchr(id, '\n') == NULL, "os: the name of the boot does not change");
	tap_ok(os_longest_argument() >= _POSIX_ARG_MAX, "os: the longest argument is at least what POSIX requires");
	tap_ok(path == NULL || strstr(path, "test-os") != NULL, "os: the program of this process is found");
	free(path);
	if (os_pipe(fd) == 0) {
		os_window(fd[0], &rows, &columns);
		close(fd[0]);
		close(fd[1]);
	}
	tap_ok(rows == 24 && columns == 80, "os: a pipe has a window of 24 rows of 80 columns");
}

static void
test_flock_owner(void)
{
	FILE *f = tmpfile();
	int fd = f == NULL ? -1 : fileno(f);
	pid_t owner;

	tap_ok(fd != -1 && os_flock_owner(fd) == 0, "os: a file that is not locked has no owner");
	flock(fd, LOCK_EX);
	owner = os_flock_owner(fd);
	tap_ok(owner == getpid() || owner == 0, "os: the owner of a lock is this process, or unknown");
	if (f != NULL)
		fclose(f);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_read("read", false, os_read_byte);
	test_read("read", true, os_read_byte);
	test_read("guarded", false, os_guarded_read);
	test_read("guarded", true, os_guarded_read);
	test_move("move", false);
	test_move("move, named", true);
	test_reopen();
	test_guard_standard();
	test_machine();
	test_flock_owner();
	test_group("group", os_group_alive);
	test_group("group without /proc", os_group_scan);
	return tap_done();
}
