/*
 * A read that must not wait, from a pipe whose O_NONBLOCK is others' too.
 *
 * Invariant: between poll(2) and read(2) another reader may take the byte; then a timer's signal breaks the read off, again and again until it did,
 * since the first one may have come before the read began.
 */
#include "sys/os.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { BREAK_US = 2000 };

static void
broken_off(int sig)
{
	(void)sig; /* to be caught is enough: read(2) then says EINTR */
}

int
os_guarded_read(int fd, unsigned char *byte)
{
	const struct itimerval soon = { { 0, BREAK_US }, { 0, BREAK_US } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = broken_off }, before;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t n;
	int saved;

	if (poll(&ready, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	if (sigaction(SIGALRM, &act, &before) == -1)
		return -1;
	if (setitimer(ITIMER_REAL, &soon, NULL) == -1) {
		sigaction(SIGALRM, &before, NULL);
		return -1;
	}
	n = read(fd, byte, 1);
	saved = errno;
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	errno = saved == EINTR ? EAGAIN : saved;
	return (int)n;
}
