/* environment: writes the variables in which a job finds the jobserver that this process serves to it. */
#ifndef QPOOL_ENVIRONMENT_H
#define QPOOL_ENVIRONMENT_H

#include <stddef.h>

struct buf;

/* How MAKEFLAGS names the pipe. options.def has the names of these styles. */
enum jobserver_style {
	/*
	 * Names the pipe in every form that some client knows. A make obeys the last jobserver option, even if its name
	 * is abbreviated; other clients look only for the full name (seen with make 4.3 and 4.4.1, ninja 1.13, cargo
	 * 1.95).
	 */
	STYLE_AUTO,
	STYLE_FIFO, /* fifo:PATH, the form of make 4.4 */
	STYLE_PIPE, /* R,W, the form of make 4.2 and 4.3 */
};

struct jobserver_names {
	enum jobserver_style style;
	unsigned budget;
	int read_fd, write_fd; /* the fds of the pipe in the job */
	const char *path;      /* path of the FIFO */
};

/*
 * Returns the directory for FIFOs, in static memory: TMPDIR if it is writable and all clients can parse its path in
 * MAKEFLAGS, otherwise /tmp.
 */
const char *environment_safe_directory(void);
/*
 * Replaces the contents of both bufs by "MAKEFLAGS=..." and "CARGO_MAKEFLAGS=...", each with a NUL. The new MAKEFLAGS
 * is the MAKEFLAGS of this process with its jobserver options replaced.
 */
void environment_make(const struct jobserver_names *names, struct buf *makeflags, struct buf *cargo_makeflags);
/*
 * Returns the largest number of bytes that both variables can have together, for any FIFO in the directory names->path.
 * Stores the size of the longer variable in *longest.
 */
size_t environment_measure(const struct jobserver_names *names, size_t *longest);

#endif
