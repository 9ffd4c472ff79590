/* atomic-file: writes a file that other processes see either complete or as it was before. */
#ifndef QPOOL_ATOMIC_FILE_H
#define QPOOL_ATOMIC_FILE_H

#include <stdbool.h>
#include <stdio.h>

/* A file that is being written. Except for `stream` the fields belong to atomic-file.c. */
struct atomic_file {
	FILE *stream;    /* the caller writes here, and does not close it */
	int dir_fd;      /* owned; the directory of the file */
	char *name;      /* owned; its final name there, no symbolic link; NULL: the file is written directly */
	char *temporary; /* owned; another name there, until the file is complete */
	bool named;      /* the file has the temporary name */
};

/*
 * Starts a file that atomic_file_commit will put at `path`; until then nothing changes there. An existing file must
 * be writable, and passes its mode on to the new one; otherwise the umask applies. A FIFO, a device or /dev/stdout
 * cannot be replaced, so it is opened and written directly. Symbolic links are followed; if one is changed during the
 * call, the file that it leads to before or after counts, and is replaced as a whole. Returns 0, or -1 with errno (EISDIR: `path` is a
 * directory); after -1 there is nothing to commit or to cancel.
 */
int atomic_file_open(struct atomic_file *w, const char *path);
/*
 * Finishes: the new file replaces the old one. Returns 0, or -1 with errno if it could not be written or renamed;
 * then the old file is unchanged. Does not call fsync(2): what is written by this module can be generated again.
 */
int atomic_file_commit(struct atomic_file *w);
/* Gives up: the old file stays as it was. Keeps errno. */
void atomic_file_cancel(struct atomic_file *w);

#endif
