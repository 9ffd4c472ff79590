/* atomic-file: a file that is there whole, or as it was before. */
#ifndef QPOOL_ATOMIC_FILE_H
#define QPOOL_ATOMIC_FILE_H

#include <stdbool.h>
#include <stdio.h>

/* One file that is being written. The fields but `stream` are atomic-file.c's own. */
struct atomic_file {
	FILE *stream;    /* to write to */
	char *path;      /* owned; what it will be called, symbolic links followed; NULL: it is written directly */
	char *temporary; /* owned; the name beside path that it goes by until it is whole */
	bool named;      /* it has that name */
};

/*
 * Begins what is to stand at `path`: beside it, so that nothing is seen there before atomic_file_commit. A file that is there is to be writable, and its mode will be
 * the new one's; else the umask says. What cannot be replaced (a FIFO, a device, /dev/stdout) is opened and written directly. 0; -1 with errno
 * (EISDIR: a directory is there), and nothing is to be closed.
 */
int atomic_file_open(struct atomic_file *w, const char *path);
/*
 * Ends it: the new file takes the place of the old one. 0; -1 with errno of what could not be written, or named, and the old one is still there. It is not
 * synchronized to the disk: what is written here can be made again.
 */
int atomic_file_commit(struct atomic_file *w);
/* Ends it: what was there before is still there. */
void atomic_file_cancel(struct atomic_file *w);

#endif
