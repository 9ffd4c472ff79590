/* environment: the variables by which a job finds the jobserver that it is served. */
#ifndef QPOOL_ENVIRONMENT_H
#define QPOOL_ENVIRONMENT_H

#include <stddef.h>

struct buf;

/* How MAKEFLAGS names the pipe; options.def has the names of these styles. */
enum jobserver_style {
	/*
	 * In every way that some client knows: a make uses the last option, which may be abbreviated, and others look
	 * for a full name (seen with make 4.3 and 4.4.1, ninja 1.13, cargo 1.95).
	 */
	STYLE_AUTO,
	STYLE_FIFO, /* fifo:PATH, as make 4.4 does */
	STYLE_PIPE, /* R,W, as make 4.2 and 4.3 do */
};

struct jobserver_names {
	enum jobserver_style style;
	unsigned budget;
	int read_fd, write_fd; /* in the job */
	const char *path;      /* of the FIFO */
};

/*
 * A directory for FIFOs: TMPDIR, if all clients can read its path in MAKEFLAGS and it is writable, or else /tmp.
 * Static.
 */
const char *environment_safe_directory(void);
/*
 * Replaces the contents of both bufs by "MAKEFLAGS=..." and "CARGO_MAKEFLAGS=...", each with a NUL. MAKEFLAGS is that
 * of this process, with another jobserver.
 */
void environment_make(const struct jobserver_names *names, struct buf *makeflags, struct buf *cargo_makeflags);
/*
 * Bytes that both variables can have at most, for any FIFO in the directory names->path; *longest: bytes of the longer
 * one alone.
 */
size_t environment_measure(const struct jobserver_names *names, size_t *longest);

#endif
