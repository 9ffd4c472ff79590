/* atomic-file: writes a file that other processes see either complete or as it was before. */
#ifndef QPOOL_ATOMIC_FILE_H
#define QPOOL_ATOMIC_FILE_H

#include <stdbool.h>
#include <stdio.h>

/* A file that is being written. All fields except `stream` are private to atomic-file.c. */
struct atomic_file {
	FILE *stream; /* the caller writes here, and does not close it */
	int dir_fd;   /* owned; the directory of the file */
	char *name;   /* owned; the final name in dir_fd, never a symbolic link; NULL: the file is written directly */
	char *temporary; /* owned; the name in dir_fd until the file is complete */
	bool named;      /* the file has the temporary name */
};

/*
 * Starts a file that atomic_file_commit will put at `path`; until then an existing file at `path` stays unchanged. An
 * existing file must be writable, and the new file gets its mode; without an existing file, the umask applies. A FIFO,
 * a device or /dev/stdout cannot be replaced, so it is opened and written directly. Symbolic links are followed; if a
 * link changes during the call, the file is either the old or the new target, and that target is replaced as a whole.
 * Returns 0, or -1 with errno (EISDIR: `path` is a directory); after -1, neither commit nor cancel may be called.
 */
int atomic_file_open(struct atomic_file *w, const char *path);
/*
 * Replaces the old file by the new file. Returns 0, or -1 with errno if the new file could not be written or renamed;
 * after -1, the old file is unchanged. Does not call fsync(2), because the files that this module writes can be
 * generated again.
 */
int atomic_file_commit(struct atomic_file *w);
/* Discards the new file; the old file stays unchanged. Keeps errno. */
void atomic_file_cancel(struct atomic_file *w);

#endif
