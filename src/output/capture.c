/*
 * Invariant: the fd is in the loop exactly while it is open and flowing. It is read only if the loop reports it as
 * readable, once in a turn, so that a read never blocks.
 */
#include "output/capture.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"

static void
end(struct capture *c, int error)
{
	capture_close(c);
	c->error = error;
	if (c->on_end != NULL)
		c->on_end(c->arg);
}

static void
readable(void *arg, unsigned events)
{
	static char bytes[CAPTURE_READ]; /* shared: there is one thread, and one read at a time */
	struct capture *c = arg;
	ssize_t n;

	(void)events;
	n = read(c->watch.fd, bytes, sizeof bytes);
	if (n > 0) {
		c->bytes += (uint64_t)n;
		c->on_data(c->arg, c->stream, bytes, (size_t)n);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		end(c, n == 0 ? 0 : errno);
	}
}

/* Not in capture_flow itself, whose caller does not expect on_end. */
static void
resume_again(void *arg)
{
	struct capture *c = arg;

	if (loop_watch(c->loop, &c->watch, LOOP_IN) == -1)
		end(c, errno);
	else
		c->flowing = true;
}

int
capture_open(struct capture *c, struct loop *l, int fd)
{
	int saved;

	c->loop = l;
	c->bytes = 0;
	c->error = 0;
	c->flowing = true;
	c->retry = (struct timer){ .fn = resume_again, .arg = c };
	c->watch = (struct watch){ .fd = fd, .fn = readable, .arg = c };
	if (loop_watch(l, &c->watch, LOOP_IN) == 0)
		return 0;
	saved = errno;
	capture_close(c);
	errno = saved;
	return -1;
}

void
capture_flow(struct capture *c, bool on)
{
	if (c->watch.fd == -1)
		return;
	loop_disarm(c->loop, &c->retry);
	if (c->flowing == on)
		return;
	if (loop_watch(c->loop, &c->watch, on ? LOOP_IN : 0) == 0)
		c->flowing = on;
	else if (on)
		loop_arm(c->loop, &c->retry, clock_mono_ns());
}

bool
capture_is_open(const struct capture *c)
{
	return c->watch.fd != -1;
}

void
capture_close(struct capture *c)
{
	if (c->watch.fd == -1)
		return;
	loop_disarm(c->loop, &c->retry);
	loop_unwatch(c->loop, &c->watch);
	close(c->watch.fd);
	c->watch.fd = -1;
}
