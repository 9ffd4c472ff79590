/*
 * directory: the temporary directory of one call of a function, whose files carry the input and the output of a script.
 * The script is run by make's own $(shell).
 */
#ifndef QPOOL_PLUGIN_DIRECTORY_H
#define QPOOL_PLUGIN_DIRECTORY_H

#include "sys/temp-dir.h"
#include "text.h"

enum { DIRECTORY_PATH = 4096 };

struct directory {
	struct temp_dir temp; /* its path is text_is_harmless(), so it needs no quotes */
};

/*
 * Creates the directory in TMPDIR, or in /tmp if TMPDIR is unset, unusable or unsafe (temp_dir_is_safe), or has a name
 * that would need quotes. Returns 0, or -1 with errno.
 */
int directory_make(struct directory *d);
/* Removes the directory and its files. Keeps errno. */
void directory_remove(struct directory *d);
/* Creates the file `name` with these bytes. Returns 0, or -1 with errno. */
int directory_write(const struct directory *d, const char *name, const char *bytes, size_t len);
/* Appends the contents of the file `name` to `b`. Returns 0, or -1 with errno. */
int directory_read(const struct directory *d, const char *name, struct buf *b);

/*
 * Runs `program` with `arguments` (shell text) in the environment that this version of make gives to $(shell), and
 * waits for it. Its standard output goes to the file "out", and its exit status to the file "status"; "status" is
 * missing if the program was not found, and empty if the disk was full. While the program runs, make reaps its jobs and
 * releases their tokens. Returns 0, or -1 with errno if the script could not be started.
 */
int directory_run(const struct directory *d, const char *program, const char *arguments);

#endif
