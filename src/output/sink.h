/* sink: qpool's own stdout or stderr, written to without ever blocking the loop. */
#ifndef QPOOL_SINK_H
#define QPOOL_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sys/loop.h"

enum sink_way {
	SINK_DIRECT,   /* a file or a device that never makes a writer wait long */
	SINK_REOPENED, /* a pipe or terminal: a non-blocking description of our own */
	SINK_SOCKET,   /* MSG_DONTWAIT */
	SINK_POLLED,   /* none of these can be had: poll, then at most PIPE_BUF bytes */
};

struct sink {
	struct loop *loop;
	int fd;     /* the user's: never closed, its flags never changed */
	int own_fd; /* owned; -1 unless SINK_REOPENED */
	enum sink_way way;
	struct buf pending; /* taken, not yet written: the reader is slow */
	size_t pending_at;
	int error;      /* errno of the write that failed; then everything is thrown away and counted */
	uint64_t lost;  /* bytes thrown away */
	bool line_open; /* what was written does not end in a newline */
	struct watch watch;
	void (*ready)(void *arg); /* called when pending became empty again, or the sink failed */
	void *arg;
};

/* Prepares s for fd. -1 with errno when the loop cannot watch it. */
int sink_open(struct sink *s, struct loop *l, int fd, void (*ready)(void *arg), void *arg);
void sink_close(struct sink *s);
/* Takes all of it: writes what goes, keeps the rest. Call only while it is not blocked, but for a short message. */
void sink_write(struct sink *s, const char *bytes, size_t len);
/* Is something pending? */
bool sink_blocked(const struct sink *s);

#endif
