/* capture: one pipe of a worker, read as it fills. */
#ifndef QPOOL_CAPTURE_H
#define QPOOL_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/loop.h"

enum { CAPTURE_READ = 64 << 10 }; /* bytes of one read(2) */

struct capture {
	struct loop *loop;
	struct watch watch; /* watch.fd: owned; -1: closed */
	int stream;         /* what on_data is told */
	bool flowing;
	uint64_t bytes; /* read so far */
	void (*on_data)(void *arg, int stream, const char *bytes, size_t len);
	void (*on_end)(void *arg); /* end of file, or a read error: the fd is closed already */
	void *arg;
};

/* Takes fd (c's callbacks, arg and stream are filled in by the caller) and reads from it in the loop. -1 with errno: fd is closed. */
int capture_open(struct capture *c, struct loop *l, int fd);
/* Reads on, or pauses: the worker then blocks when its pipe is full. */
void capture_flow(struct capture *c, bool on);
bool capture_is_open(const struct capture *c);
/* Closes without reading on. on_end is not called. Also for one that is closed or was never opened (all zero with watch.fd -1). */
void capture_close(struct capture *c);

#endif
