/* folder: what one call of a function hands to a script of sh and gets back, as files. The script is run by make's own $(shell). */
#ifndef QPOOL_PLUGIN_FOLDER_H
#define QPOOL_PLUGIN_FOLDER_H

#include "text.h"

enum { FOLDER_PATH = 4096 };

struct folder {
	char path[FOLDER_PATH]; /* harmless, see text.h */
};

/* Makes it in TMPDIR, or in /tmp where that is unset, cannot be used, or has a name that would need quotes. -1 with errno. */
int folder_make(struct folder *f);
/* Removes it with its files; errno stays. */
void folder_remove(const struct folder *f);
/* Makes a file in it. -1 with errno. */
int folder_write(const struct folder *f, const char *name, const char *bytes, size_t len);
/* Appends what a file in it has. -1 with errno. */
int folder_read(const struct folder *f, const char *name, struct buf *b);

/*
 * Runs `program` and `arguments`, text of sh, as $(shell) of this make would run it, with its environment, and waits. The files: "out" gets its
 * standard output, "status" its exit status; there is no such file if there is no such program. Meanwhile make reaps its jobs
 * and gives back their tokens. -1 with errno: it was not started.
 */
int folder_run(const struct folder *f, const char *program, const char *arguments);

#endif
