/*
 * owner-only: makes files that only this user may read and write, whatever the umask. The permissions are right from
 * the first moment, because the umask is changed during the call; so no other thread may make files meanwhile.
 */
#ifndef QPOOL_OWNER_ONLY_H
#define QPOOL_OWNER_ONLY_H

/*
 * Opens the file `name` of directory `dir_fd` (AT_FDCWD: the working directory) as openat(2) does, and creates it with
 * mode 0600 if it is missing. Close-on-exec; a symbolic link is not followed. Returns the fd, or -1 with errno.
 */
int owner_open(int dir_fd, const char *name, int flags);
/* Makes a named pipe with mode 0600, or a directory with mode 0700. Returns 0, or -1 with errno. */
int owner_mkfifo(int dir_fd, const char *name);
int owner_mkdir(int dir_fd, const char *name);
/* As mkdtemp(3): makes a directory with mode 0700, and stores its name in `path`. Returns 0, or -1 with errno. */
int owner_mkdtemp(char *path);

#endif
