/* Invariant: no path is resolved again after the directory was opened, except where its parent could not be opened. */
#include "sys/temp-dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/owner-only.h"

/* A directory that may be searched need not be readable. */
#ifdef O_PATH
enum { OPEN_PARENT = O_PATH | O_DIRECTORY | O_CLOEXEC };
#else
enum { OPEN_PARENT = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
#endif

static const char *
last_part(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Opens what was just made, unless something else has taken its place. -1 with errno. */
static int
open_made(const struct temp_dir *d)
{
	int at = d->parent_fd == -1 ? AT_FDCWD : d->parent_fd;
	int fd = openat(
	    at, d->parent_fd == -1 ? d->path : last_part(d->path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd == -1 || (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0))
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

int
temp_dir_make(struct temp_dir *d, const char *parent, bool (*is_ours)(const char *name, mode_t mode))
{
	struct buf b = { 0 };
	int error;

	*d = (struct temp_dir){ .fd = -1, .parent_fd = open(parent, OPEN_PARENT), .is_ours = is_ours };
	buf_addf(&b, "%s/qpool-XXXXXX", parent);
	buf_addc(&b, '\0');
	d->path = b.data;
	if (owner_mkdtemp(d->path) == 0) {
		d->fd = open_made(d);
		if (d->fd != -1)
			return 0;
		error = errno;
		rmdir(d->path);
		errno = error;
	}
	temp_dir_free(d);
	return -1;
}

static void
remove_files(const struct temp_dir *d)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	if (list == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((entry = readdir(list)) != NULL)
		if (fstatat(d->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    d->is_ours(entry->d_name, st.st_mode))
			unlinkat(d->fd, entry->d_name, 0);
	closedir(list);
}

/* Does the name still belong to our directory? */
static bool
is_in_place(const struct temp_dir *d, int at, const char *name)
{
	struct stat named, opened;

	return fstatat(at, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(d->fd, &opened) == 0 &&
	    named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

void
temp_dir_remove(const struct temp_dir *d)
{
	int error = errno, at = d->parent_fd == -1 ? AT_FDCWD : d->parent_fd;
	const char *name;

	if (d->path == NULL)
		return;
	name = d->parent_fd == -1 ? d->path : last_part(d->path);
	remove_files(d);
	/* At worst, if the name changes hands now, an empty directory is removed. */
	if (is_in_place(d, at, name))
		unlinkat(at, name, AT_REMOVEDIR);
	errno = error;
}

void
temp_dir_free(struct temp_dir *d)
{
	int error = errno;

	if (d->path != NULL) {
		if (d->fd != -1)
			close(d->fd);
		if (d->parent_fd != -1)
			close(d->parent_fd);
	}
	free(d->path);
	*d = (struct temp_dir){ .fd = -1, .parent_fd = -1 };
	errno = error;
}

bool
temp_dir_is_safe(const char *parent)
{
	struct stat st;

	return stat(parent, &st) == 0 && ((st.st_mode & S_IWOTH) == 0 || (st.st_mode & S_ISVTX) != 0);
}
