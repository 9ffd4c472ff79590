/* capture: reads one pipe of a worker whenever it has data. */
#ifndef QPOOL_CAPTURE_H
#define QPOOL_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/loop.h"

enum { CAPTURE_READ = 64 << 10 }; /* bytes of one read(2) */

struct capture {
	struct loop *loop;  /* borrowed */
	struct watch watch; /* watch.fd: owned; -1: closed */
	int stream;         /* 1 or 2; passed to on_data */
	bool flowing;       /* the pipe is being read */
	struct timer retry; /* tries again to resume reading, after an attempt to resume has failed */
	int error;          /* errno of the failure that closed the pipe, so bytes are lost; 0: none */
	uint64_t bytes;     /* number of bytes read so far */
	/* `bytes` is borrowed for the call. The handler may call any function of this header. */
	void (*on_data)(void *arg, int stream, const char *bytes, size_t len);
	void (*on_end)(void *arg); /* called after the end of file or an error, with the fd closed; NULL: not called */
	void *arg;
};

/*
 * Takes ownership of `fd` and reads from it in the loop. The caller has set stream, the handlers and arg. Returns 0, or
 * -1 with errno; after -1, the fd is closed.
 */
int capture_open(struct capture *c, struct loop *l, int fd);
/* Resumes or pauses reading. While reading is paused, the worker blocks as soon as its pipe is full. */
void capture_flow(struct capture *c, bool on);
/* Is the pipe still open? */
bool capture_is_open(const struct capture *c);
/*
 * Closes the pipe without calling on_end. Does nothing if the pipe is closed, or was never opened (all fields 0,
 * watch.fd -1).
 */
void capture_close(struct capture *c);

#endif
