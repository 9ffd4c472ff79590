/* Invariant: the umask is the user's again when a function returns. */
#include "sys/owner-only.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { OTHERS = 077 };

int
owner_open(int dir_fd, const char *name, int flags)
{
	mode_t before = umask(OTHERS);
	int fd = openat(dir_fd, name, flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	umask(before);
	return fd;
}

int
owner_mkfifo(int dir_fd, const char *name)
{
	mode_t before = umask(OTHERS);
	int result = mkfifoat(dir_fd, name, 0600);

	umask(before);
	return result;
}

int
owner_mkdir(int dir_fd, const char *name)
{
	mode_t before = umask(OTHERS);
	int result = mkdirat(dir_fd, name, 0700);

	umask(before);
	return result;
}

int
owner_mkdtemp(char *path)
{
	mode_t before = umask(OTHERS);
	const char *made = mkdtemp(path);

	umask(before);
	return made == NULL ? -1 : 0;
}
