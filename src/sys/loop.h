/*
 * loop: what qpool waits for: readable and writable fds, timers, signals, the end of children.
 *
 * One thread, one loop. Two bodies, chosen by configure: loop-linux.c (epoll, signalfd, pidfd) and loop-posix.c (poll, a
 * self-pipe, waitid). Callbacks run from loop_turn only, never in a signal handler; the only thing that
 * runs in a handler is the self-pipe's one write(2), in loop-posix.c.
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

/* An fd to wait for. The owner keeps it in place until loop_unwatch; the loop owns nothing of it. */
struct watch {
	int fd;
	void (*fn)(void *arg, unsigned events); /* LOOP_IN etc.; LOOP_HUP also when not asked for */
	void *arg;
	unsigned events; /* what it is registered for; kept by the loop */
	bool registered; /* kept by the loop */
	bool always;     /* kept by the loop: a file that is always ready */
	struct watch *next_always;
};

/* A moment to wait for. fn is called once; the timer is then disarmed and may be armed again. */
struct timer {
	RB_ENTRY(timer) entry;
	int64_t at_mono_ns;
	void (*fn)(void *arg);
	void *arg;
	bool armed;
};

/* A child to wait for: fn is called once when it has ended, before it is reaped: the caller reaps with wait4(2). */
struct child {
	pid_t pid;
	void (*fn)(void *arg);
	void *arg;
	struct watch pidfd; /* kept by the loop; fd -1: none, it is on the list */
	struct child *next; /* kept by the loop */
};

/* NULL with errno. */
struct loop *loop_new(void);
void loop_free(struct loop *l);

/*
 * Waits for `events` on w->fd from now on (fd, fn and arg filled in by the caller); 0 pauses. Call again to
 * change. A regular file counts as always ready. -1 with errno.
 */
int loop_watch(struct loop *l, struct watch *w, unsigned events);
/* Forgets w; before its fd is closed. Events already collected for it are dropped. */
void loop_unwatch(struct loop *l, struct watch *w);

/* Calls fn at `at_mono_ns` or soon after; arming an armed timer moves it. */
void loop_arm(struct loop *l, struct timer *t, int64_t at_mono_ns);
void loop_disarm(struct loop *l, struct timer *t);

/* Waits for the end of child c->pid (pid, fn, arg filled in by the caller): by a pidfd where one can be had, else by SIGCHLD. */
void loop_watch_child(struct loop *l, struct child *c);
/* Forgets c; its fn calls this first. */
void loop_unwatch_child(struct loop *l, struct child *c);
/* Calls fn(arg, pid, signal) for each child of this process that was stopped. */
void loop_watch_stops(struct loop *l, void (*fn)(void *arg, pid_t pid, int sig), void *arg);

/*
 * Takes these signals out of the ordinary way: from now on fn(arg, sig, sent) is called in loop_turn; `sent` says that a process sent it, and not the
 * terminal to its whole group. All are blocked or caught in this process; spawn (os.h) gives children default dispositions. Once a process. -1 with
 * errno.
 */
int loop_signals(struct loop *l, const int *sigs, size_t count, void (*fn)(void *arg, int sig, bool sent), void *arg);
/* Gives one of them its default action again, in order to die of it or to stop by it. */
void loop_signal_default(struct loop *l, int sig);
/* Takes it again after loop_signal_default. */
void loop_signal_again(struct loop *l, int sig);

/* Waits for at least one event, runs what is due, returns. EINTR is an empty turn. -1 with errno. */
int loop_turn(struct loop *l);

#endif
