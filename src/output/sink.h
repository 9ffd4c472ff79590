/* sink: writes to qpool's own standard output or standard error without ever blocking the loop. */
#ifndef QPOOL_SINK_H
#define QPOOL_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sys/loop.h"

enum sink_way {
	SINK_DIRECT,   /* a file, or a device on which a write does not wait */
	SINK_REOPENED, /* a pipe or terminal, opened again as a separate non-blocking file description */
	SINK_SOCKET,   /* send(2) with MSG_DONTWAIT */
	SINK_POLLED,   /* a pipe or terminal that cannot be reopened: poll(2), then at most PIPE_BUF bytes */
};

struct sink {
	struct loop *loop; /* borrowed */
	int fd;            /* the user's: never closed, and its flags are never changed */
	int own_fd;        /* owned; -1 unless SINK_REOPENED */
	enum sink_way way;
	struct buf pending; /* accepted and not yet written, because the reader is slow */
	size_t pending_at;  /* offset of the first byte of `pending` that is not written */
	int error;          /* errno of the write that failed; 0: none. After a failure, all bytes are discarded. */
	uint64_t lost;      /* number of bytes discarded */
	struct watch watch;
	void (*ready)(
	    void *arg); /* called when nothing is pending any more: everything is written, or the sink has failed */
	void *arg;
};

/* Prepares `s` for writing to `fd`. Never fails. sink_close releases the sink, and discards pending bytes. */
void sink_open(struct sink *s, struct loop *l, int fd, void (*ready)(void *arg), void *arg);
void sink_close(struct sink *s);
/*
 * Accepts all `len` bytes: writes as many as possible now and keeps the rest. To limit the memory, call this only while
 * the sink is not blocked, or for a short message. An error is stored in s->error.
 */
void sink_write(struct sink *s, const char *bytes, size_t len);
/* Are any bytes pending? */
bool sink_blocked(const struct sink *s);
/* Is the fd a pipe or a socket whose reader has gone? */
bool sink_reader_gone(const struct sink *s);

#endif
