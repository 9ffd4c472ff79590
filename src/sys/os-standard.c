/* The descriptors that a program is started with, and the window that one of them may be. */
#include "sys/os.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_ROWS = 24, USUAL_COLUMNS = 80 };

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
	*rows = size.ws_row > 0 ? size.ws_row : USUAL_ROWS;
	*columns = size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
}
