/*
 * The loop on epoll(7), signalfd(2) and pidfd_open(2).
 *
 * Invariants: every registered watch is in the epoll set, or on the `always` list if epoll rejects its file (EPERM: a
 * file that is always ready). The set knows an entry of our own instead of the watch, which outlives the watch if it
 * cannot be removed from the set. If an entry is freed while a batch of events is dispatched, its events are removed
 * from the batch. So freed memory is never used.
 */
#include "sys/loop-private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/orphans.h"
#include "sys/os.h"

enum { BATCH = 64 };

/* What the epoll set knows of a watch. */
struct loop_entry {
	LIST_ENTRY(loop_entry) link;
	struct watch *watch; /* borrowed; NULL: it was removed, but EPOLL_CTL_DEL failed */
};

struct loop {
	int epoll_fd;
	LIST_HEAD(, loop_entry) entries; /* owned */
	bool stale;                      /* an event of a watch that was removed */
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
	LIST_INIT(&l->entries);
	sigemptyset(&l->taken);
	l->signal_watch.fd = -1;
	return l;
}

static void
free_entry(struct loop_entry *e)
{
	LIST_REMOVE(e, link);
	free(e);
}

void
loop_free(struct loop *l)
{
	struct loop_entry *next;

	if (l->signal_watch.fd != -1)
		close(l->signal_watch.fd);
	close(l->epoll_fd);
	for (struct loop_entry *entry = LIST_FIRST(&l->entries); entry != NULL; entry = next) {
		next = LIST_NEXT(entry, link);
		free(entry);
	}
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

/*
 * Level-triggered. A paused watch stays in the set, since adding it again could fail for lack of memory or watches.
 * epoll reports EPOLLHUP even if no event is requested: edge-triggered, it does so once, and dispatch() ignores that.
 */
static uint32_t
epoll_events(unsigned events)
{
	if (events == 0)
		return EPOLLET;
	return (events & LOOP_IN ? EPOLLIN : 0u) | (events & LOOP_OUT ? EPOLLOUT : 0u);
}

static int
add(struct loop *l, struct watch *w, unsigned events)
{
	struct loop_entry *entry = mem_alloc(sizeof *entry);
	struct epoll_event e = { .events = epoll_events(events), .data.ptr = entry };

	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, w->fd, &e) == -1) {
		free(entry);
		return -1;
	}
	entry->watch = w;
	LIST_INSERT_HEAD(&l->entries, entry, link);
	w->entry = entry;
	return 0;
}

static void
strike_from_batch(struct loop *l, const struct loop_entry *entry)
{
	for (int i = 0; i < l->batch_len; i++)
		if (l->batch[i].data.ptr == entry)
			l->batch[i].data.ptr = NULL;
}

/* Takes the watch out of the epoll set; if that fails, its entry stays for the events that may still come. */
static void
drop(struct loop *l, struct watch *w)
{
	struct epoll_event unused = { 0 };
	struct loop_entry *entry = w->entry;

	w->entry = NULL;
	entry->watch = NULL;
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, &unused) == -1 && errno != ENOENT)
		return;
	strike_from_batch(l, entry);
	free_entry(entry);
}

int
loop_watch(struct loop *l, struct watch *w, unsigned events)
{
	struct epoll_event e = { .events = epoll_events(events), .data.ptr = w->entry };

	if (w->registered && w->events == events)
		return 0;
	if (w->always) {
		l->always_on += (events != 0) - (unsigned)(w->events != 0);
		w->events = events;
		return 0;
	}
	if (events == 0 && !w->registered)
		return 0;
	if (w->registered) {
		if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) == -1)
			return -1;
	} else if (add(l, w, events) == -1) {
		return errno == EPERM ? watch_always(l, w, events) : -1;
	}
	w->registered = true;
	w->events = events;
	return 0;
}

void
loop_unwatch(struct loop *l, struct watch *w)
{
	if (w->always) {
		struct watch **at = &l->always;

		while (*at != w)
			at = &(*at)->next_always;
		*at = w->next_always;
		l->always_on -= w->events != 0;
		w->always = false;
	} else if (w->registered) {
		drop(l, w);
	}
	w->registered = false;
	w->events = 0;
}

/*
 * Puts all watches into a new epoll set, because a watch that could not be removed from the old one is ready: it would
 * wake the loop again and again. If this fails, it is tried again at the next event.
 */
static void
renew(struct loop *l)
{
	struct loop_entry *entry, *next;
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd == -1)
		return;
	LIST_FOREACH (entry, &l->entries, link) {
		struct epoll_event e = { .data.ptr = entry };

		if (entry->watch == NULL)
			continue;
		e.events = epoll_events(entry->watch->events);
		if (epoll_ctl(fd, EPOLL_CTL_ADD, entry->watch->fd, &e) == -1) {
			close(fd);
			return;
		}
	}
	close(l->epoll_fd);
	l->epoll_fd = fd;
	for (entry = LIST_FIRST(&l->entries); entry != NULL; entry = next) {
		next = LIST_NEXT(entry, link);
		if (entry->watch == NULL)
			free_entry(entry);
	}
	l->stale = false;
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
dispatch(struct loop *l, struct loop_entry *entry, uint32_t events)
{
	struct watch *w = entry->watch;
	unsigned ready = 0;

	if (w == NULL) {
		l->stale = true;
		return;
	}
	if (events & EPOLLIN)
		ready |= LOOP_IN;
	if (events & EPOLLOUT)
		ready |= LOOP_OUT;
	if (events & (EPOLLHUP | EPOLLERR))
		ready |= LOOP_HUP;
	if (w->fn != NULL && w->events != 0)
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
			dispatch(l, l->batch[i].data.ptr, l->batch[i].events);
	l->batch_len = 0;
	if (l->stale)
		renew(l);
	run_always(l);
	timers_run(&l->timers);
	/* Last, when most of our own children that have ended are reaped. */
	if (l->orphans)
		l->orphans = !orphans_reap();
	return 0;
}
