/* os: reads of a token that never wait, and writes that are counted, on both kinds of pipe. */
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
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
	tap_ok(mkfifo(path, 0600) == 0 && (fd[1] = open(path, O_RDWR)) != -1 && (fd[0] = open(path, O_RDONLY)) != -1, "a named pipe");
	unlink(path);
}

static void
test_read(const char *what, bool named, int (*read_byte)(int fd, volatile unsigned char *byte))
{
	volatile unsigned char byte = 'x';
	int fd[2];

	open_pipe(named, fd);
	tap_ok(read_byte(fd[0], &byte) == -1 && errno == EAGAIN && byte == 'x', "%s: of an empty pipe it does not wait, and touches nothing", what);
	tap_ok(write(fd[1], "ab", 2) == 2 && read_byte(fd[0], &byte) == 1 && byte == 'a', "%s: takes one byte, the first", what);
	tap_ok(read_byte(fd[0], &byte) == 1 && byte == 'b', "%s: and the next", what);
	close(fd[1]);
	tap_ok(read_byte(fd[0], &byte) == 0 && byte == 'b', "%s: at the end of file it says so", what);
	close(fd[0]);
	tap_ok(read_byte(fd[0], &byte) == -1 && errno == EBADF, "%s: of no file it fails", what);
}

static void
test_counted(void)
{
	struct os_counted c;
	char page[65536] = { 0 };
	int fd[2];

	open_pipe(false, fd);
	os_counted_open(&c);
	tap_ok(os_counted_write(&c, fd[1], 'a') == 1 && os_counted_write(&c, fd[1], 'b') == 1, "two bytes are written");
	tap_ok(read(fd[0], page, sizeof page) == 2 && page[0] == 'a' && page[1] == 'b', "and there");
	tap_ok(c.count_fd == -1 || (c.made == 2 && os_counted_made(c.count_fd) == 2), "and counted, where that can be had");
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	while (write(fd[1], page, sizeof page) > 0)
		continue;
	tap_ok(os_counted_write(&c, fd[1], 'c') == -1 && errno == EAGAIN, "a full pipe takes none");
	close(fd[0]);
	tap_ok(os_counted_write(&c, fd[1], 'd') == -1 && errno == EPIPE, "nor one without a reader");
	os_counted_close(&c);
	close(fd[1]);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_read("read", false, os_read_byte);
	test_read("read", true, os_read_byte);
	test_read("guarded", false, os_guarded_read);
	test_read("guarded", true, os_guarded_read);
	test_counted();
	return tap_done();
}
