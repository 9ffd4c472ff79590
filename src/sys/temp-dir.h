/*
 * temp-dir: a temporary directory that is removed again, also by the keeper, with the files that were made in it.
 *
 * Another user who may write to TMPDIR may put something else in the place of the directory, if TMPDIR lacks the sticky
 * bit. Therefore it is opened once; files in it are made and removed through `fd`, and its name through `parent_fd`.
 */
#ifndef QPOOL_TEMP_DIR_H
#define QPOOL_TEMP_DIR_H

#include <stdbool.h>
#include <sys/types.h>

struct temp_dir {
	char *path;    /* owned; NULL: not made */
	int fd;        /* owned; the directory itself */
	int parent_fd; /* owned; the directory that its name is in; -1: it could not be opened */
	/* Did we make the file of this name and st_mode? Others are left where they are. */
	bool (*is_ours)(const char *name, mode_t mode);
};

/*
 * Makes a directory PARENT/qpool-XXXXXX with mode 0700, whatever the umask. Returns 0, or -1 with errno; then d->path
 * is NULL.
 */
int temp_dir_make(struct temp_dir *d, const char *parent, bool (*is_ours)(const char *name, mode_t mode));
/*
 * Removes the files that are ours and then, if it is empty, the directory. Symbolic links are not followed. The fds
 * stay open, and errno is kept.
 */
void temp_dir_remove(const struct temp_dir *d);
/* Closes the fds and frees the path. Does nothing if the directory was not made. Keeps errno. */
void temp_dir_free(struct temp_dir *d);
/* May only its owner, or users who cannot replace another user's files, write to the directory? */
bool temp_dir_is_safe(const char *parent);

#endif
