/* owner-only: the mode of new files whatever the umask, which is unchanged afterwards. */
#include "sys/owner-only.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static int dir_fd;

static mode_t
mode_of(const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ? 0 : st.st_mode;
}

static mode_t
current_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return mask;
}

static void
test_with_umask(mode_t mask)
{
	int fd;

	umask(mask);
	fd = owner_open(dir_fd, "file", O_RDWR);
	tap_ok(fd != -1 && mode_of("file") == (S_IFREG | 0600), "owner-only: umask %03o: a file has mode 0600", mask);
	tap_ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "owner-only: umask %03o: it is close-on-exec", mask);
	tap_ok(owner_mkfifo(dir_fd, "fifo") == 0 && mode_of("fifo") == (S_IFIFO | 0600),
	    "owner-only: umask %03o: a named pipe has mode 0600", mask);
	tap_ok(owner_mkdir(dir_fd, "dir") == 0 && mode_of("dir") == (S_IFDIR | 0700),
	    "owner-only: umask %03o: a directory has mode 0700", mask);
	tap_ok(current_umask() == mask, "owner-only: umask %03o: is unchanged", mask);
	close(fd);
	unlinkat(dir_fd, "file", 0);
	unlinkat(dir_fd, "fifo", 0);
	unlinkat(dir_fd, "dir", AT_REMOVEDIR);
}

static void
test_existing(void)
{
	int fd = openat(dir_fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd == -1 || write(fd, "x", 1) != 1)
		tap_ok(false, "owner-only: a file is written");
	close(fd);
	fchmodat(dir_fd, "file", 0644, 0);
	fd = owner_open(dir_fd, "file", O_RDWR);
	tap_ok(fd != -1 && lseek(fd, 0, SEEK_END) == 1 && mode_of("file") == (S_IFREG | 0644),
	    "owner-only: an existing file keeps its contents and mode");
	close(fd);
	errno = 0;
	tap_ok(owner_mkfifo(dir_fd, "file") == -1 && errno == EEXIST,
	    "owner-only: a name in use is EEXIST for a named pipe");
	tap_ok(owner_mkdir(dir_fd, "file") == -1 && errno == EEXIST,
	    "owner-only: a name in use is EEXIST for a directory");
	unlinkat(dir_fd, "file", 0);
	if (symlinkat("target", dir_fd, "link") == -1)
		tap_ok(false, "owner-only: a symbolic link is made");
	tap_ok(owner_open(dir_fd, "link", O_RDWR) == -1 && errno == ELOOP && mode_of("target") == 0,
	    "owner-only: a symbolic link is not followed");
	unlinkat(dir_fd, "link", 0);
}

static void
test_temporary(void)
{
	char path[] = "test-owner-only-XXXXXX", missing[] = "/nonexistent/XXXXXX";
	struct stat st;

	umask(0);
	tap_ok(owner_mkdtemp(path) == 0 && stat(path, &st) == 0 && st.st_mode == (S_IFDIR | 0700),
	    "owner-only: a temporary directory has mode 0700");
	rmdir(path);
	tap_ok(owner_mkdtemp(missing) == -1 && errno == ENOENT, "owner-only: a missing parent directory is ENOENT");
}

int
main(void)
{
	char path[] = "test-owner-only-XXXXXX";

	if (mkdtemp(path) == NULL || (dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return 1;
	test_with_umask(0);
	test_with_umask(022);
	test_with_umask(0277);
	test_existing();
	test_temporary();
	close(dir_fd);
	rmdir(path);
	return tap_done();
}
