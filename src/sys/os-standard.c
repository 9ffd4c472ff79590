/* The standard fds that a program is started with, on every system. */
#include "sys/os.h"

#include <fcntl.h>
#include <sys/ioctl.h>
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

void
os_window(int fd, size_t *rows, size_t *columns)
{
	struct winsize size = { 0 };

	if (ioctl(fd, TIOCGWINSZ, &size) == -1)
		size.ws_row = size.ws_col = 0;
	*rows = size.ws_row > 0 ? size.ws_row : DEFAULT_ROWS;
	*columns = size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
}
