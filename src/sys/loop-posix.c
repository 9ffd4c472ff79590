/*
 * The loop on poll(2), a self-pipe and waitid(2), for systems without epoll.
 *
 * Invariants: a signal handler does one write(2) to the self-pipe and nothing else. watches[] has no holes, except
 * while loop_turn dispatches: a watch that is removed then leaves NULL, which is swept before the next poll.
 */
#include "sys/loop-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/orphans.h"
#include "sys/os.h"

struct loop {
	struct timer_tree timers;
	struct watch **watches; /* owned array of borrowed watches */
	struct pollfd *polled;  /* owned, in step with watches */
	size_t count, capacity;
	bool holes;
	struct child *children;
	bool orphans; /* there may be ended children that we did not start */
	int wake[2];  /* the self-pipe */
	struct watch wake_watch;
	sigset_t taken;
	void (*on_signal)(void *arg, int sig, bool sent);
	void *signal_arg;
	void (*on_stop)(void *arg, pid_t pid, int sig);
	void *stop_arg;
};

static int wake_fd = -1; /* for the signal handler; only one loop of a process handles signals */

enum { SENT = 128 }; /* flag beside the signal number: a process sent the signal */

static void
handler(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	unsigned char byte = (unsigned char)(sig | (info->si_code <= 0 ? SENT : 0));

	(void)context;
	/* A full pipe contains enough to wake the loop; one USR1 lost among 65536 does no harm. */
	while (write(wake_fd, &byte, 1) == -1 && errno == EINTR)
		continue;
	errno = saved;
}

static void
wake_readable(void *arg, unsigned events)
{
	struct loop *l = arg;
	unsigned char sigs[256];
	ssize_t n = read(l->wake[0], sigs, sizeof sigs);
	bool children = false;

	(void)events;
	for (ssize_t i = 0; i < n; i++) {
		if ((sigs[i] & ~SENT) == SIGCHLD)
			children = true;
		else
			l->on_signal(l->signal_arg, sigs[i] & ~SENT, (sigs[i] & SENT) != 0);
	}
	if (children) {
		children_run_stopped(l->on_stop, l->stop_arg);
		children_run_ended(&l->children);
		l->orphans = true;
	}
}

struct loop *
loop_new(void)
{
	struct loop *l = mem_alloc(sizeof *l);

	RB_INIT(&l->timers);
	sigemptyset(&l->taken);
	if (os_pipe(l->wake) == -1) {
		free(l);
		return NULL;
	}
	if (fcntl(l->wake[0], F_SETFL, O_NONBLOCK) == -1 || fcntl(l->wake[1], F_SETFL, O_NONBLOCK) == -1) {
		loop_free(l);
		return NULL;
	}
	wake_fd = l->wake[1];
	l->wake_watch = (struct watch){ .fd = l->wake[0], .fn = wake_readable, .arg = l };
	loop_watch(l, &l->wake_watch, LOOP_IN);
	return l;
}

void
loop_free(struct loop *l)
{
	close(l->wake[0]);
	close(l->wake[1]);
	free(l->watches);
	free(l->polled);
	free(l);
}

int
loop_watch(struct loop *l, struct watch *w, unsigned events)
{
	w->events = events;
	if (w->registered)
		return 0;
	if (l->count == l->capacity) {
		l->capacity = l->capacity ? 2 * l->capacity : 16;
		l->watches = mem_resize(l->watches, l->capacity, sizeof(struct watch *));
		l->polled = mem_resize(l->polled, l->capacity, sizeof *l->polled);
	}
	l->watches[l->count++] = w;
	w->registered = true;
	return 0;
}

void
loop_unwatch(struct loop *l, struct watch *w)
{
	for (size_t i = 0; w->registered && i < l->count; i++)
		if (l->watches[i] == w) {
			l->watches[i] = NULL;
			l->holes = true;
		}
	w->registered = false;
	w->events = 0;
}

void
loop_arm(struct loop *l, struct timer *t, int64_t at_mono_ns)
{
	timers_arm(&l->timers, t, at_mono_ns);
}

void
loop_disarm(struct loop *l, struct timer *t)
{
	timers_disarm(&l->timers, t);
}

void
loop_watch_child(struct loop *l, struct child *c)
{
	c->pidfd.fd = -1;
	children_add(&l->children, c);
}

void
loop_unwatch_child(struct loop *l, struct child *c)
{
	children_remove(&l->children, c);
}

void
loop_watch_stops(struct loop *l, void (*fn)(void *arg, pid_t pid, int sig), void *arg)
{
	l->on_stop = fn;
	l->stop_arg = arg;
}

int
loop_signals(struct loop *l, const int *sigs, size_t count, void (*fn)(void *arg, int sig, bool sent), void *arg)
{
	struct sigaction act = { .sa_sigaction = handler, .sa_flags = SA_RESTART | SA_SIGINFO };

	l->on_signal = fn;
	l->signal_arg = arg;
	sigfillset(&act.sa_mask);
	for (size_t i = 0; i < count; i++) {
		sigaddset(&l->taken, sigs[i]);
		/*
		 * write(2) reports EPIPE itself. SIGPIPE is caught, not ignored, so that exec(2) gives children the
		 * default action.
		 */
		if (sigaction(sigs[i], &act, NULL) == -1)
			return -1;
	}
	return sigprocmask(SIG_UNBLOCK, &l->taken, NULL);
}

void
loop_signal_default(struct loop *l, int sig)
{
	(void)l;
	signal(sig, SIG_DFL);
}

void
loop_signal_again(struct loop *l, int sig)
{
	struct sigaction act = { .sa_sigaction = handler, .sa_flags = SA_RESTART | SA_SIGINFO };

	(void)l;
	sigfillset(&act.sa_mask);
	sigaction(sig, &act, NULL);
}

static void
sweep(struct loop *l)
{
	size_t kept = 0;

	if (!l->holes)
		return;
	for (size_t i = 0; i < l->count; i++)
		if (l->watches[i] != NULL)
			l->watches[kept++] = l->watches[i];
	l->count = kept;
	l->holes = false;
}

static void
prepare(struct loop *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct watch *w = l->watches[i];
		int events = (w->events & LOOP_IN ? POLLIN : 0) | (w->events & LOOP_OUT ? POLLOUT : 0);

		/* A paused watch is left out, because poll reports POLLHUP even if no event is requested. */
		l->polled[i] = (struct pollfd){ .fd = events ? w->fd : -1, .events = (short)events };
	}
}

static void
dispatch(struct watch *w, int got)
{
	unsigned ready = 0;

	if (got & POLLIN)
		ready |= LOOP_IN;
	if (got & POLLOUT)
		ready |= LOOP_OUT;
	if (got & (POLLHUP | POLLERR | POLLNVAL))
		ready |= LOOP_HUP;
	if (w->fn != NULL)
		w->fn(w->arg, ready);
}

int
loop_turn(struct loop *l)
{
	size_t count;

	sweep(l);
	prepare(l);
	count = l->count;
	if (poll(l->polled, (nfds_t)count, timers_wait_ms(&l->timers)) == -1)
		return errno == EINTR ? 0 : -1;
	for (size_t i = 0; i < count; i++)
		/* A watch that a handler has paused or removed in this turn is not called. */
		if (l->watches[i] != NULL && l->polled[i].revents != 0 && l->watches[i]->events != 0)
			dispatch(l->watches[i], l->polled[i].revents);
	timers_run(&l->timers);
	if (l->orphans)
		l->orphans = !orphans_reap();
	return 0;
}
