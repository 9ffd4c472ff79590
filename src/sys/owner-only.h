/*
 * owner-only: makes files that only this user may read and write, whatever the umask. The functions change the umask
 * during the call, so that the permissions are correct from the first moment; no other thread may create files during
 * that time.
 */
#ifndef QPOOL_OWNER_ONLY_H
#define QPOOL_OWNER_ONLY_H

/*
 * Opens the file `name` in the directory `dir_fd` (AT_FDCWD: the working directory) as openat(2) does, and creates the
 * file with mode 0600 if it is missing. The fd is close-on-exec. A symbolic link is not followed. Returns the fd, or -1
 * with errno.
 */
int owner_open(int dir_fd, const char *name, int flags);
/* Makes a named pipe with mode 0600, or a directory with mode 0700. Returns 0, or -1 with errno. */
int owner_mkfifo(int dir_fd, const char *name);
int owner_mkdir(int dir_fd, const char *name);
/* Makes a directory with mode 0700 and stores its name in `path`, as mkdtemp(3) does. Returns 0, or -1 with errno. */
int owner_mkdtemp(char *path);

#endif
