/* sink: qpool's own standard output or standard error, written without ever blocking the loop. */
#ifndef QPOOL_SINK_H
#define QPOOL_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sys/loop.h"

enum sink_way {
	SINK_DIRECT,   /* a file, or a device on which a write does not wait */
	SINK_REOPENED, /* a pipe or terminal, by a non-blocking file description of our own */
	SINK_SOCKET,   /* send(2) with MSG_DONTWAIT */
	SINK_POLLED,   /* a pipe or terminal that cannot be reopened: poll(2), then at most PIPE_BUF bytes */
};

struct sink {
	struct loop *loop; /* borrowed */
	int fd;            /* the user's: never closed, and its flags are never changed */
	int own_fd;        /* owned; -1 unless SINK_REOPENED */
	enum sink_way way;
	struct buf pending; /* accepted and not yet written, because the reader is slow */
	size_t pending_at;  /* of the first byte that is left in `pending` */
	int error;          /* errno of the write that failed, 0: none. After it all bytes are discarded. */
	uint64_t lost;      /* bytes discarded */
	struct watch watch;
	void (*ready)(void *arg); /* nothing is pending any more: everything is written, or the sink has failed */
	void *arg;
};

/* Prepares `s` for writing to `fd`. Never fails. sink_close releases it, and discards what is pending. */
void sink_open(struct sink *s, struct loop *l, int fd, void (*ready)(void *arg), void *arg);
void sink_close(struct sink *s);
/*
 * Accepts all `len` bytes: writes what can be written now and keeps the rest. To bound the memory, call it only while
 * the sink is not blocked, or for a short message. An error is reported in s->error.
 */
void sink_write(struct sink *s, const char *bytes, size_t len);
/* Is something pending? */
bool sink_blocked(const struct sink *s);

#endif
