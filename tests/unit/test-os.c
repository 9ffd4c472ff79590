/* os: reads of a token that never wait and moves of a byte, on both kinds of pipe; which process groups are alive. */
#include "sys/os.h"
#include "sys/os-guarded.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* A pipe, with a name or without, whose reads would wait. */
static void
open_pipe(bool named, int fd[2])
{
	static const char path[] = "test-os.fifo";

	if (!named) {
		tap_ok(os_pipe(fd) == 0, "a pipe");
		return;
	}
	unlink(path);
	tap_ok(mkfifo(path, 0600) == 0 && (fd[1] = open(path, O_RDWR)) != -1 && (fd[0] = open(path, O_RDONLY)) != -1,
	    "a named pipe");
	unlink(path);
}

static void
test_read(const char *what, bool named, int (*read_byte)(int fd, unsigned char *byte))
{
	unsigned char byte = 'x';
	int fd[2];

	open_pipe(named, fd);
	tap_ok(read_byte(fd[0], &byte) == -1 && errno == EAGAIN && byte == 'x',
	    "%s: of an empty pipe it does not wait, and touches nothing", what);
	tap_ok(write(fd[1], "ab", 2) == 2 && read_byte(fd[0], &byte) == 1 && byte == 'a',
	    "%s: takes one byte, the first", what);
	tap_ok(read_byte(fd[0], &byte) == 1 && byte == 'b', "%s: and the next", what);
	close(fd[1]);
	tap_ok(read_byte(fd[0], &byte) == 0 && byte == 'b', "%s: at the end of file it says so", what);
	close(fd[0]);
	tap_ok(read_byte(fd[0], &byte) == -1 && errno == EBADF, "%s: of no file it fails", what);
}

static void
test_move(const char *what, bool named)
{
	char page[4096] = { 0 };
	int from[2], to[2];
	unsigned places;

	open_pipe(named, from);
	open_pipe(false, to);
	places = os_pipe_buffers(to[1], 20);
	if (places == 0) {
		tap_ok(os_move_byte(from[0], to[1]) == -1 && errno == ENOSYS, "%s: no byte can be moved here", what);
		goto done;
	}
	tap_ok(places >= 20 && os_pipe_buffers(to[1], 1) == places, "%s: a pipe is made larger, and not smaller", what);
	tap_ok(os_move_byte(from[0], to[1]) == -1 && errno == EAGAIN, "%s: from an empty pipe nothing is moved", what);
	tap_ok(write(from[1], "abc", 3) == 3 && os_move_byte(from[0], to[1]) == 1 && os_move_byte(from[0], to[1]) == 1,
	    "%s: two bytes are moved", what);
	tap_ok(read(to[0], page, sizeof page) == 2 && page[0] == 'a' && page[1] == 'b', "%s: in their order", what);
	tap_ok(read(from[0], page, sizeof page) == 1 && page[0] == 'c', "%s: and the third is where it was", what);
	while (write(from[1], page, 1) == 1 && os_move_byte(from[0], to[1]) == 1)
		places--;
	tap_ok(errno == EAGAIN && places == 0, "%s: each takes one of the places, and then there is none", what);
	tap_ok(read(from[0], page, sizeof page) == 1, "%s: that byte is not lost", what);
	close(from[1]);
	from[1] = -1;
	read(to[0], page, 1);
	tap_ok(os_move_byte(from[0], to[1]) == 0, "%s: at the end of file it says so", what);
	close(from[0]);
	tap_ok(os_move_byte(from[0], to[1]) == -1 && errno == EBADF, "%s: of no file it fails", what);
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

	tap_ok(alive(leader), "%s: a group with its leader", what);
	make_zombie(leader);
	tap_ok(alive(leader), "%s: a group whose leader is a zombie", what);
	make_zombie(member);
	tap_ok(!alive(leader), "%s: a group of zombies is not alive", what);
	waitpid(leader, NULL, 0);
	tap_ok(!alive(leader), "%s: a group of a zombie without its leader is not alive", what);
	waitpid(member, NULL, 0);
	tap_ok(!alive(leader), "%s: a group without processes is not alive", what);
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
