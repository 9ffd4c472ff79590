/*
 * A read that must not block, from a pipe whose O_NONBLOCK flag belongs to other processes too.
 *
 * Between poll(2) and read(2) another reader may take the byte. Then the signal of a timer interrupts the read. The
 * timer repeats, because the first signal may arrive before the read begins.
 */
#include "sys/os-guarded.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { BREAK_US = 2000 };

static void
broken_off(int sig)
{
	(void)sig; /* catching the signal is enough: read(2) then fails with EINTR */
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
