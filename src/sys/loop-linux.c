/*
 * The loop on epoll(7), signalfd(2) and pidfd_open(2).
 *
 * Invariants: every registered watch is in the epoll set, or on the `always` list if epoll rejects its file (EPERM: a
 * file that is always ready). If a watch is removed while a batch of events is dispatched, its events are removed
 * from the batch, so that freed memory is never used.
 */
#include "sys/loop-private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/orphans.h"
#include "sys/os.h"

enum { BATCH = 64 };

struct loop {
	int epoll_fd;
	struct timer_tree timers;
	struct watch *always;
	unsigned always_on; /* number of them that wait for events */
	struct epoll_event batch[BATCH];
	int batch_len;
	struct child *children; /* without a pidfd */
	bool orphans;           /* there may be ended children that we did not start */
	struct watch signal_watch;
	sigset_t taken;
	void (*on_signal)(void *arg, int sig, bool sent);
	void *signal_arg;
	void (*on_stop)(void *arg, pid_t pid, int sig);
	void *stop_arg;
};

struct loop *
loop_new(void)
{
	struct loop *l = mem_alloc(sizeof *l);

	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd == -1) {
		free(l);
		return NULL;
	}
	RB_INIT(&l->timers);
	sigemptyset(&l->taken);
	l->signal_watch.fd = -1;
	return l;
}

void
loop_free(struct loop *l)
{
	if (l->signal_watch.fd != -1)
		close(l->signal_watch.fd);
	close(l->epoll_fd);
	free(l);
}

static int
watch_always(struct loop *l, struct watch *w, unsigned events)
{
	w->always = true;
	w->registered = true;
	w->events = events;
	w->next_always = l->always;
	l->always = w;
	l->always_on += events != 0;
	return 0;
}

int
loop_watch(struct loop *l, struct watch *w, unsigned events)
{
	struct epoll_event e = { .data.ptr = w };
	int op = w->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (w->registered && w->events == events)
		return 0;
	if (w->always) {
		l->always_on += (events != 0) - (unsigned)(w->events != 0);
		w->events = events;
		return 0;
	}
	/*
	 * Level-triggered. A paused watch leaves the set, because epoll reports EPOLLHUP even if no event is
	 * requested.
	 */
	if (events == 0) {
		if (w->registered && w->events != 0 && epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, &e) == -1)
			return -1;
		w->registered = false;
		w->events = 0;
		return 0;
	}
	e.events = (events & LOOP_IN ? EPOLLIN : 0u) | (events & LOOP_OUT ? EPOLLOUT : 0u);
	if (epoll_ctl(l->epoll_fd, op, w->fd, &e) == -1)
		return errno == EPERM ? watch_always(l, w, events) : -1;
	w->registered = true;
	w->events = events;
	return 0;
}

static void
strike_from_batch(struct loop *l, const struct watch *w)
{
	for (int i = 0; i < l->batch_len; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
}

void
loop_unwatch(struct loop *l, struct watch *w)
{
	struct epoll_event unused = { 0 };

	strike_from_batch(l, w);
	if (w->always) {
		struct watch **at = &l->always;

		while (*at != w)
			at = &(*at)->next_always;
		*at = w->next_always;
		l->always_on -= w->events != 0;
		w->always = false;
	} else if (w->registered) {
		epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, &unused);
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

static void
child_ended(void *arg, unsigned events)
{
	struct child *c = arg;

	(void)events;
	c->fn(c->arg);
}

void
loop_watch_child(struct loop *l, struct child *c)
{
	c->pidfd = (struct watch){ .fd = os_pidfd(c->pid), .fn = child_ended, .arg = c };
	if (c->pidfd.fd != -1 && loop_watch(l, &c->pidfd, LOOP_IN) == 0)
		return;
	/* An old kernel, or no fd left. */
	if (c->pidfd.fd != -1)
		close(c->pidfd.fd);
	c->pidfd.fd = -1;
	children_add(&l->children, c);
}

void
loop_unwatch_child(struct loop *l, struct child *c)
{
	if (c->pidfd.fd == -1) {
		children_remove(&l->children, c);
		return;
	}
	loop_unwatch(l, &c->pidfd);
	close(c->pidfd.fd);
	c->pidfd.fd = -1;
}

void
loop_watch_stops(struct loop *l, void (*fn)(void *arg, pid_t pid, int sig), void *arg)
{
	l->on_stop = fn;
	l->stop_arg = arg;
}

/* Mostly for stopped children; the end of a child is reported by its pidfd, unless it has none. */
static void
run_children(struct loop *l)
{
	children_run_stopped(l->on_stop, l->stop_arg);
	children_run_ended(&l->children);
	l->orphans = true;
}

static void
signals_readable(void *arg, unsigned events)
{
	struct loop *l = arg;
	struct signalfd_siginfo got[16];
	ssize_t n = read(l->signal_watch.fd, got, sizeof got);

	(void)events;
	if (n <= 0)
		return;
	for (size_t i = 0; i < (size_t)n / sizeof got[0]; i++) {
		if (got[i].ssi_signo == SIGCHLD)
			run_children(l);
		else
			l->on_signal(l->signal_arg, (int)got[i].ssi_signo, got[i].ssi_code <= 0);
	}
}

int
loop_signals(struct loop *l, const int *sigs, size_t count, void (*fn)(void *arg, int sig, bool sent), void *arg)
{
	int fd;

	l->on_signal = fn;
	l->signal_arg = arg;
	for (size_t i = 0; i < count; i++)
		sigaddset(&l->taken, sigs[i]);
	fd = signalfd(-1, &l->taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1)
		return -1;
	l->signal_watch = (struct watch){ .fd = fd, .fn = signals_readable, .arg = l };
	if (sigprocmask(SIG_BLOCK, &l->taken, NULL) == -1)
		return -1;
	return loop_watch(l, &l->signal_watch, LOOP_IN);
}

void
loop_signal_default(struct loop *l, int sig)
{
	sigset_t one;

	(void)l;
	signal(sig, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

void
loop_signal_again(struct loop *l, int sig)
{
	sigset_t one;

	(void)l;
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_BLOCK, &one, NULL);
}

static void
dispatch(struct watch *w, uint32_t events)
{
	unsigned ready = 0;

	if (events & EPOLLIN)
		ready |= LOOP_IN;
	if (events & EPOLLOUT)
		ready |= LOOP_OUT;
	if (events & (EPOLLHUP | EPOLLERR))
		ready |= LOOP_HUP;
	if (w->fn != NULL)
		w->fn(w->arg, ready);
}

static void
run_always(struct loop *l)
{
	struct watch *next;

	for (struct watch *w = l->always; w != NULL; w = next) {
		next = w->next_always;
		if (w->events != 0 && w->fn != NULL)
			w->fn(w->arg, w->events);
	}
}

int
loop_turn(struct loop *l)
{
	int n = epoll_wait(l->epoll_fd, l->batch, BATCH, l->always_on ? 0 : timers_wait_ms(&l->timers));

	if (n == -1)
		return errno == EINTR ? 0 : -1;
	l->batch_len = n;
	for (int i = 0; i < n; i++)
		if (l->batch[i].data.ptr != NULL)
			dispatch(l->batch[i].data.ptr, l->batch[i].events);
	l->batch_len = 0;
	run_always(l);
	timers_run(&l->timers);
	/* Last, when most of our own children that have ended are reaped. */
	if (l->orphans)
		l->orphans = !orphans_reap();
	return 0;
}
