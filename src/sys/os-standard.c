/* The standard fds that a program is started with, on every system. */
#include "sys/os.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { DEFAULT_ROWS = 24, DEFAULT_COLUMNS = 80 };

int
os_guard_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	return 0;
}

bool
os_is_foreground(int fd)
{
	pid_t group = tcgetpgrp(fd);

	return group == -1 || group == getpgrp();
}

bool
os_has_reader_of_keys(int fd, bool passwords)
{
	struct termios t;

	if (tcgetattr(fd, &t) == -1)
		return false;
	return (t.c_lflag & ICANON) == 0 || (passwords && (t.c_lflag & ECHO) == 0);
}

void
os_window(int fd, size_t *rows, size_t *columns)
{
	struct winsize size = { 0 };

	if (ioctl(fd, TIOCGWINSZ, &size) == -1)
		size.ws_row = size.ws_col = 0;
	*rows = size.ws_row > 0 ? size.ws_row : DEFAULT_ROWS;
	*columns = size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
}
