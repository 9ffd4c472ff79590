/*
 * temp-dir: a temporary directory. This process or its keeper (worker/keeper.h) removes it with the files made in it.
 *
 * If TMPDIR lacks the sticky bit, another user who may write to TMPDIR can replace the directory. Therefore the
 * directory is opened once; files in it are made and removed through `fd`, and its name is removed through `parent_fd`.
 */
#ifndef QPOOL_TEMP_DIR_H
#define QPOOL_TEMP_DIR_H

#include <stdbool.h>
#include <sys/types.h>

struct temp_dir {
	char *path;    /* owned; NULL: not made */
	int fd;        /* owned; the directory itself */
	int parent_fd; /* owned; the parent directory; -1: it could not be opened */
	/* Did we make the file with this name and st_mode? Other files are not removed. */
	bool (*is_ours)(const char *name, mode_t mode);
};

/*
 * Makes a directory PARENT/qpool-XXXXXX with mode 0700, whatever the umask. Returns 0, or -1 with errno and d->path set
 * to NULL.
 */
int temp_dir_make(struct temp_dir *d, const char *parent, bool (*is_ours)(const char *name, mode_t mode));
/*
 * Removes the files that are ours, and then the directory if it is empty. Symbolic links are not followed. The fds stay
 * open. Keeps errno.
 */
void temp_dir_remove(const struct temp_dir *d);
/* Closes the fds and frees the path. Does nothing if the directory was not made. Keeps errno. */
void temp_dir_free(struct temp_dir *d);
/*
 * Is the directory `parent` safe for a temporary directory? True if not all users may write to it, or if it has the
 * sticky bit, so that users cannot replace the files of others.
 */
bool temp_dir_is_safe(const char *parent);

#endif
