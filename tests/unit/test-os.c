/*
 * os: reading and moving single bytes of pipes with and without a name, without ever blocking; which process groups are
 * alive.
 */
#include "sys/os.h"
#include "sys/os-guarded.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
	test_group("group", os_group_alive);
	test_group("group without /proc", os_group_scan);
	return tap_done();
}
