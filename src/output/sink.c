/*
 * Invariants: bytes are written in the order of arrival. While `pending` contains some, the fd is watched and nothing
 * overtakes them. After an error nothing more is written. O_NONBLOCK is never set on the file description of the
 * user's fd, because other processes share it.
 */
#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/os.h"

static enum sink_way
way_for(int fd, int *own_fd)
{
	struct stat st;

	*own_fd = -1;
	if (fstat(fd, &st) == -1 || S_ISREG(st.st_mode))
		return SINK_DIRECT;
	if (S_ISSOCK(st.st_mode))
		return SINK_SOCKET;
	if (!S_ISFIFO(st.st_mode) && !isatty(fd))
		return SINK_DIRECT;
	*own_fd = os_reopen(fd, O_WRONLY);
	return *own_fd == -1 ? SINK_POLLED : SINK_REOPENED;
}

static ssize_t
write_polled(int fd, const char *bytes, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (poll(&p, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	/* POLLOUT promises free space for PIPE_BUF bytes: pipe(7). */
	return write(fd, bytes, len < PIPE_BUF ? len : PIPE_BUF);
}

static ssize_t
write_some(const struct sink *s, const char *bytes, size_t len)
{
	switch (s->way) {
	case SINK_REOPENED: return write(s->own_fd, bytes, len);
	case SINK_SOCKET: return send(s->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	case SINK_POLLED: return write_polled(s->fd, bytes, len);
	case SINK_DIRECT: break;
	}
	return write(s->fd, bytes, len);
}

/*
 * Writes until everything is written, or the fd is blocked or fails. Returns the number of bytes written or
 * discarded.
 */
static size_t
push(struct sink *s, const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write_some(s, bytes + done, len - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
			s->error = n == 0 ? ENOSPC : errno;
			s->lost += len - done;
			return len;
		} else if (errno == EAGAIN) {
			return done;
		}
	}
	return done;
}

static void
fail(struct sink *s)
{
	s->lost += s->pending.len - s->pending_at;
	buf_free(&s->pending);
	s->pending_at = 0;
	loop_unwatch(s->loop, &s->watch);
}

static void
writable(void *arg, unsigned events)
{
	struct sink *s = arg;

	(void)events;
	s->pending_at += push(s, s->pending.data + s->pending_at, s->pending.len - s->pending_at);
	if (s->error == 0 && s->pending_at < s->pending.len)
		return;
	s->pending_at = s->pending.len;
	fail(s);
	s->ready(s->arg);
}

void
sink_open(struct sink *s, struct loop *l, int fd, void (*ready)(void *arg), void *arg)
{
	*s = (struct sink){ .loop = l, .fd = fd, .ready = ready, .arg = arg };
	s->way = way_for(fd, &s->own_fd);
	s->watch = (struct watch){ .fd = s->own_fd != -1 ? s->own_fd : fd, .fn = writable, .arg = s };
}

void
sink_close(struct sink *s)
{
	loop_unwatch(s->loop, &s->watch);
	buf_free(&s->pending);
	if (s->own_fd != -1)
		close(s->own_fd);
	s->own_fd = -1;
}

bool
sink_blocked(const struct sink *s)
{
	return s->pending.len > 0;
}

bool
sink_reader_gone(const struct sink *s)
{
	struct pollfd p = { .fd = s->fd };
	struct stat st;

	if (fstat(s->fd, &st) == -1 || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return false;
	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

void
sink_write(struct sink *s, const char *bytes, size_t len)
{
	size_t done = 0;

	if (len == 0)
		return;
	if (s->error != 0) {
		s->lost += len;
		return;
	}
	if (!sink_blocked(s))
		done = push(s, bytes, len);
	if (done == len)
		return;
	buf_add(&s->pending, bytes + done, len - done);
	/* If the fd cannot be watched, no event would ever continue the write, so the sink counts as failed. */
	if (loop_watch(s->loop, &s->watch, LOOP_OUT) == -1) {
		s->error = errno;
		fail(s);
	}
}
