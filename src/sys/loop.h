/*
 * loop: the event loop. It waits for readable and writable fds, timers, signals, and children that end or stop.
 *
 * One thread, one loop. configure chooses the implementation: loop-linux.c (epoll, signalfd, pidfd) or loop-posix.c
 * (poll, a self-pipe, waitid). Handlers run only inside loop_turn. The only code that runs in a signal handler is the
 * write(2) to the self-pipe in loop-posix.c.
 */
#ifndef QPOOL_LOOP_H
#define QPOOL_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/tree.h>
#include <sys/types.h>

struct loop;

enum { LOOP_IN = 1, LOOP_OUT = 2, LOOP_HUP = 4 };

/* An fd to wait for. The caller owns it, and does not move or free it before loop_unwatch. */
struct watch {
	int fd;
	/*
	 * Called with the events that occurred (LOOP_...); LOOP_HUP is reported even if it was not requested. NULL: an
	 * event only ends the turn.
	 */
	void (*fn)(void *arg, unsigned events);
	void *arg;
	/* The rest belongs to the loop. */
	unsigned events; /* requested */
	bool registered;
	bool always; /* the fd is a file that is always ready */
	struct loop_entry *entry;
	struct watch *next_always;
};

/* A deadline. fn is called once; after that the timer is disarmed and can be armed again. Owned by the caller. */
struct timer {
	RB_ENTRY(timer) entry;
	int64_t at_mono_ns;    /* CLOCK_MONOTONIC */
	void (*fn)(void *arg); /* NULL: the timer only ends the turn */
	void *arg;
	bool armed;
};

/* A child to wait for. Owned by the caller. */
struct child {
	pid_t pid;
	void (*fn)(void *arg); /* called once when the child has ended; fn reaps the child with wait4(2) */
	void *arg;
	/* The rest belongs to the loop. */
	struct watch pidfd; /* fd -1: the child has no pidfd and is on the loop's list (next) */
	struct child *next;
};

/* Makes a loop, or returns NULL with errno. loop_free releases it. */
struct loop *loop_new(void);
void loop_free(struct loop *l);

/*
 * Waits for `events` on w->fd from now on; the caller has set fd, fn and arg. A later call changes the events; 0 pauses
 * the watch. Regular files count as always ready. Returns 0, or -1 with errno.
 */
int loop_watch(struct loop *l, struct watch *w, unsigned events);
/*
 * Stops waiting for `w`. The caller must call this before it closes w->fd. Events of this turn for `w` are discarded.
 */
void loop_unwatch(struct loop *l, struct watch *w);

/* Calls t->fn as soon as possible after `at_mono_ns`. If the timer is armed already, its time changes. */
void loop_arm(struct loop *l, struct timer *t, int64_t at_mono_ns);
/* Cancels the timer, if it is armed. */
void loop_disarm(struct loop *l, struct timer *t);

/* Waits until the child ends, with a pidfd if possible, otherwise with SIGCHLD. The caller has set pid, fn and arg. */
void loop_watch_child(struct loop *l, struct child *c);
/* Stops waiting for the child. c->fn must call this first. */
void loop_unwatch_child(struct loop *l, struct child *c);
/* Calls fn(arg, pid, signal) whenever a child of this process is stopped by a signal. */
void loop_watch_stops(struct loop *l, void (*fn)(void *arg, pid_t pid, int sig), void *arg);

/*
 * Makes loop_turn call fn(arg, sig, sent) for each of these signals that arrives. `sent` is true if a process sent the
 * signal, and false if the terminal or the kernel sent it. The signals are blocked or caught in this process; os_spawn
 * starts children with the default action. A process may call this once. Returns 0, or -1 with errno.
 */
int loop_signals(struct loop *l, const int *sigs, size_t count, void (*fn)(void *arg, int sig, bool sent), void *arg);
/* Restores the default action of one of these signals, so that this process can die of it or be stopped by it. */
void loop_signal_default(struct loop *l, int sig);
/* Ends the effect of loop_signal_default: loop_turn handles the signal again. */
void loop_signal_again(struct loop *l, int sig);

/*
 * Waits for at least one event, and calls the handlers of all events and timers that are due. Returns 0, even if a
 * signal interrupted the wait; on failure, -1 with errno.
 */
int loop_turn(struct loop *l);

#endif
