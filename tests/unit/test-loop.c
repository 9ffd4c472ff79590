/* loop: timers in order, fds as they become ready, signals, and children that end or stop. */
#include "sys/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/syscall.h>
#endif
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/os.h"
#include "tap.h"
#include "turn.h"

static struct loop *loop;

/* The letters of the handlers that were called, in order. */
static char called[64];

static void
note(char letter)
{
	size_t len = strlen(called);

	if (len + 1 < sizeof(called)) {
		called[len] = letter;
		called[len + 1] = '\0';
	}
}

static bool
called_are(const char *want)
{
	bool good = strcmp(called, want) == 0;

	if (!good)
		printf("# called %s\n", called);
	called[0] = '\0';
	return good;
}

/* A timer with a letter, and what its handler does to another timer. */
struct named_timer {
	struct timer t;
	char letter;
	struct timer *disarm, *arm;
	int64_t arm_ns;
};

static void
timer_due(void *arg)
{
	struct named_timer *n = arg;

	note(n->letter);
	if (n->disarm != NULL)
		loop_disarm(loop, n->disarm);
	if (n->arm != NULL)
		loop_arm(loop, n->arm, n->arm_ns);
}

static struct named_timer
named(char letter)
{
	return (struct named_timer){ .letter = letter, .t.fn = timer_due };
}

static void
arm(struct named_timer *n, int64_t at_ns)
{
	n->t.arg = n;
	loop_arm(loop, &n->t, at_ns);
}

static void
test_timers(void)
{
	struct named_timer a = named('a'), b = named('b'), c = named('c'), late = named('z');
	int64_t now = clock_mono_ns();

	arm(&late, now + 3600 * NS_PER_S);
	arm(&c, 30);
	arm(&a, 10);
	arm(&b, 20);
	loop_turn(loop);
	tap_ok(called_are("abc"), "loop: timers: those that are due are called by time");
	tap_ok(!a.t.armed && late.t.armed, "loop: timers: a timer is called once");
	arm(&a, 10);
	arm(&b, 20);
	loop_disarm(loop, &a.t);
	loop_disarm(loop, &a.t);
	loop_turn(loop);
	tap_ok(called_are("b"), "loop: timers: a disarmed one is not called");
	arm(&a, now + 3600 * NS_PER_S);
	arm(&a, 10);
	loop_turn(loop);
	tap_ok(called_are("a"), "loop: timers: arming again moves a timer");
	loop_disarm(loop, &late.t);
}

static void
test_timer_handlers(void)
{
	struct named_timer a = named('a'), b = named('b'), c = named('c');
	int64_t now = clock_mono_ns();

	a.disarm = &b.t;
	arm(&a, 10);
	arm(&b, 20);
	arm(&c, 30);
	loop_turn(loop);
	tap_ok(called_are("ac"), "loop: timers: a handler can disarm another timer that is due");
	a = named('a');
	a.arm = &a.t;
	a.arm_ns = now + 3600 * NS_PER_S;
	arm(&a, 10);
	loop_turn(loop);
	tap_ok(called_are("a") && a.t.armed, "loop: timers: a handler can arm its own timer again");
	loop_disarm(loop, &a.t);
	arm(&b, clock_mono_ns() + 2 * NS_PER_MS);
	while (b.t.armed)
		loop_turn(loop);
	tap_ok(called_are("b"), "loop: timers: a turn waits for the next timer");
}

/* An fd with a letter, and what its handler does. */
struct named_watch {
	struct watch w;
	char letter;
	unsigned events; /* of the last call */
	struct watch *unwatch, *pause;
};

static void
fd_ready(void *arg, unsigned events)
{
	struct named_watch *n = arg;

	note(n->letter);
	n->events = events;
	if (n->unwatch != NULL)
		loop_unwatch(loop, n->unwatch);
	if (n->pause != NULL)
		loop_watch(loop, n->pause, 0);
}

static void
watch(struct named_watch *n, int fd, char letter, unsigned events)
{
	*n = (struct named_watch){ .w = { .fd = fd, .fn = fd_ready, .arg = n }, .letter = letter };
	if (loop_watch(loop, &n->w, events) == -1)
		tap_ok(false, "loop: fds: cannot be watched: %s", strerror(errno));
}

static void
test_fds(void)
{
	struct named_watch in, out;
	int fd[2];
	char byte;

	if (os_pipe(fd) == -1)
		return;
	watch(&in, fd[0], 'i', LOOP_IN);
	watch(&out, fd[1], 'o', LOOP_OUT);
	turn(loop);
	tap_ok(called_are("o") && out.events == LOOP_OUT, "loop: fds: an empty pipe is writable and not readable");
	loop_watch(loop, &out.w, 0);
	turn(loop);
	tap_ok(called_are(""), "loop: fds: a paused fd is not reported");
	loop_watch(loop, &out.w, LOOP_OUT);
	turn(loop);
	tap_ok(called_are("o"), "loop: fds: a resumed fd is reported");
	loop_unwatch(loop, &out.w);
	tap_ok(write(fd[1], "x", 1) == 1, "loop: fds: a byte is written");
	turn(loop);
	turn(loop);
	tap_ok(called_are("ii") && in.events == LOOP_IN, "loop: fds: a readable fd is reported until it is read");
	tap_ok(read(fd[0], &byte, 1) == 1, "loop: fds: the byte is read");
	turn(loop);
	tap_ok(called_are(""), "loop: fds: after that it is not readable");
	close(fd[1]);
	turn(loop);
	tap_ok(called_are("i") && (in.events & LOOP_HUP) != 0, "loop: fds: a pipe without a writer is reported");
	loop_watch(loop, &in.w, 0);
	turn(loop);
	tap_ok(called_are(""), "loop: fds: not while it is paused");
	loop_unwatch(loop, &in.w);
	close(fd[0]);
}

static void
test_fd_handlers(void)
{
	struct named_watch a, b;
	int one[2], two[2];

	if (os_pipe(one) == -1 || os_pipe(two) == -1)
		return;
	watch(&a, one[1], 'x', LOOP_OUT);
	watch(&b, two[1], 'x', LOOP_OUT);
	a.unwatch = &b.w;
	b.unwatch = &a.w;
	turn(loop);
	tap_ok(called_are("x"), "loop: fds: a handler can remove another fd that is ready in the same turn");
	loop_unwatch(loop, &a.w);
	loop_unwatch(loop, &b.w);
	watch(&a, one[1], 'y', LOOP_OUT);
	a.unwatch = &a.w;
	turn(loop);
	turn(loop);
	tap_ok(called_are("y"), "loop: fds: a handler can remove its own fd");
	for (int i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
}

/* epoll(7) rejects regular files; they count as always ready. */
static void
test_file(void)
{
	struct named_watch a, b;
	FILE *first = tmpfile(), *second = tmpfile();

	watch(&a, fileno(first), 'a', LOOP_IN);
	watch(&b, fileno(second), 'b', LOOP_OUT);
	loop_turn(loop);
	tap_ok(strlen(called) == 2 && strchr(called, 'a') != NULL && strchr(called, 'b') != NULL,
	    "loop: files: are always ready");
	called_are(called);
	loop_watch(loop, &a.w, 0);
	turn(loop);
	tap_ok(called_are("b"), "loop: files: a paused one is not reported");
	loop_watch(loop, &a.w, LOOP_IN);
	loop_unwatch(loop, &b.w);
	turn(loop);
	tap_ok(called_are("a"), "loop: files: a removed one is not reported");
	loop_unwatch(loop, &a.w);
	turn(loop);
	tap_ok(called_are(""), "loop: files: without any the loop waits again");
	fclose(first);
	fclose(second);
}

static void
test_many(void)
{
	enum { PIPES = 100 };
	static struct named_watch w[PIPES];
	int fd[PIPES][2];
	struct named_timer last = named('t');
	size_t ready = 0;

	for (int i = 0; i < PIPES; i++) {
		if (os_pipe(fd[i]) == -1)
			return;
		watch(&w[i], fd[i][1], '-', LOOP_OUT);
	}
	/* One turn may report only a part of them. */
	for (int i = 0; i < 2 * PIPES; i++)
		turn(loop);
	for (int i = 0; i < PIPES; i++) {
		ready += w[i].events == LOOP_OUT;
		loop_unwatch(loop, &w[i].w);
		close(fd[i][0]);
		close(fd[i][1]);
	}
	tap_ok(ready == PIPES, "loop: fds: all of 100 ready fds are reported");
	called[0] = '\0';
	arm(&last, 0);
	loop_turn(loop);
	tap_ok(called_are("t"), "loop: fds: after removing them a turn runs timers only");
}

static struct got_signal {
	int sig;
	bool sent;
	unsigned calls;
} got_signal;

static void
signal_arrived(void *arg, int sig, bool sent)
{
	struct got_signal *got = arg;

	*got = (struct got_signal){ sig, sent, got->calls + 1 };
}

static void
test_signals(void)
{
	static const int sigs[] = { SIGUSR1, SIGALRM, SIGCHLD };
	const struct itimerval soon = { { 0, 0 }, { 0, 1000 } };
	struct sigaction act;
	sigset_t blocked;

	tap_ok(loop_signals(loop, sigs, 3, signal_arrived, &got_signal) == 0, "loop: signals: are taken");
	kill(getpid(), SIGUSR1);
	tap_ok(got_signal.calls == 0, "loop: signals: no handler runs outside a turn");
	turn(loop);
	tap_ok(got_signal.calls == 1 && got_signal.sig == SIGUSR1 && got_signal.sent,
	    "loop: signals: one that a process sent is reported so");
	setitimer(ITIMER_REAL, &soon, NULL);
	while (got_signal.calls == 1)
		loop_turn(loop);
	tap_ok(got_signal.sig == SIGALRM && !got_signal.sent, "loop: signals: one of the kernel was not sent");
	loop_signal_default(loop, SIGUSR1);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	tap_ok(sigaction(SIGUSR1, NULL, &act) == 0 && act.sa_handler == SIG_DFL && !sigismember(&blocked, SIGUSR1),
	    "loop: signals: the default action is restored");
	loop_signal_again(loop, SIGUSR1);
	kill(getpid(), SIGUSR1);
	turn(loop);
	tap_ok(got_signal.calls == 3 && got_signal.sig == SIGUSR1, "loop: signals: after that it can be taken again");
}

/* A child of the test, which exits or stops when it reads a byte. */
struct test_child {
	struct child c;
	int to;
	int wstatus;
	bool ended;
};

static void
child_ended(void *arg)
{
	struct test_child *t = arg;

	loop_unwatch_child(loop, &t->c);
	t->ended = waitpid(t->c.pid, &t->wstatus, WNOHANG) == t->c.pid;
}

static void
new_child(struct test_child *t, int status)
{
	int fd[2];
	char byte;

	if (os_pipe(fd) == -1)
		return;
	*t = (struct test_child){ .c = { .pid = fork(), .fn = child_ended, .arg = t }, .to = fd[1] };
	if (t->c.pid == 0) {
		close(fd[1]);
		_exit(read(fd[0], &byte, 1) == 1 ? status : 99);
	}
	close(fd[0]);
}

static void
release_child(const struct test_child *t)
{
	if (write(t->to, "x", 1) != 1)
		tap_ok(false, "loop: children: the child cannot be released");
	close(t->to);
}

static void
test_children(void)
{
	struct test_child a, b;

	new_child(&a, 3);
	new_child(&b, 4);
	loop_watch_child(loop, &a.c);
	loop_watch_child(loop, &b.c);
	turn(loop);
	tap_ok(!a.ended && !b.ended, "loop: children: a running child is not reported");
	release_child(&b);
	while (!b.ended)
		loop_turn(loop);
	tap_ok(WIFEXITED(b.wstatus) && WEXITSTATUS(b.wstatus) == 4 && !a.ended,
	    "loop: children: one that ends is reported before it is reaped");
	release_child(&a);
	while (!a.ended)
		loop_turn(loop);
	tap_ok(WEXITSTATUS(a.wstatus) == 3, "loop: children: the other one is reported too");
}

static void
test_ended_before(void)
{
	struct test_child a;
	siginfo_t info;

	new_child(&a, 5);
	release_child(&a);
	waitid(P_PID, (id_t)a.c.pid, &info, WEXITED | WNOWAIT);
	loop_watch_child(loop, &a.c);
	/* Where SIGCHLD reports it: that signal is pending. */
	while (!a.ended)
		turn(loop);
	tap_ok(WEXITSTATUS(a.wstatus) == 5, "loop: children: one that has already ended is reported");
}

/* Without an fd for a pidfd, SIGCHLD reports the end. */
static void
test_without_pidfd(void)
{
	struct test_child a, b;
	struct rlimit old, none;
	int first_free;

	new_child(&a, 6);
	new_child(&b, 7);
	first_free = dup(0);
	close(first_free);
	getrlimit(RLIMIT_NOFILE, &old);
	none = (struct rlimit){ (rlim_t)first_free, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	loop_watch_child(loop, &a.c);
	loop_watch_child(loop, &b.c);
	setrlimit(RLIMIT_NOFILE, &old);
	tap_ok(a.c.pidfd.fd == -1, "loop: children: without a free fd the child has no pidfd");
	release_child(&a);
	while (!a.ended)
		loop_turn(loop);
	tap_ok(WEXITSTATUS(a.wstatus) == 6 && !b.ended,
	    "loop: children: SIGCHLD reports the end of a child without pidfd");
	release_child(&b);
	while (!b.ended)
		loop_turn(loop);
	tap_ok(WEXITSTATUS(b.wstatus) == 7, "loop: children: it reports the next one too");
}

static struct got_stop {
	pid_t pid;
	int sig;
	unsigned calls;
} got_stop;

static void
child_stopped(void *arg, pid_t pid, int sig)
{
	struct got_stop *got = arg;

	*got = (struct got_stop){ pid, sig, got->calls + 1 };
}

static void
test_stops(void)
{
	struct test_child a;

	loop_watch_stops(loop, child_stopped, &got_stop);
	new_child(&a, 8);
	loop_watch_child(loop, &a.c);
	kill(a.c.pid, SIGSTOP);
	while (got_stop.calls == 0)
		loop_turn(loop);
	tap_ok(got_stop.pid == a.c.pid && got_stop.sig == SIGSTOP && got_stop.calls == 1 && !a.ended,
	    "loop: children: a stopped child is reported with its signal");
	kill(a.c.pid, SIGCONT);
	release_child(&a);
	while (!a.ended)
		loop_turn(loop);
	tap_ok(WEXITSTATUS(a.wstatus) == 8 && got_stop.calls == 1, "loop: children: after that its end is reported");
}

#ifdef __linux__
static bool removal_fails;

/* In place of the library's: what the loop cannot remove from its set is still in there. */
int
epoll_ctl(int set, int op, int fd, struct epoll_event *event)
{
	if (removal_fails && op == EPOLL_CTL_DEL) {
		errno = ENOMEM;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, set, op, fd, event);
}
#endif

static void
count(void *arg, unsigned events)
{
	(void)events;
	++*(int *)arg;
}

/*
 * The fd is closed later, its pipe is open elsewhere, and the memory of the watch is used for something else. `pause`:
 * the watch was paused before.
 */
static void
test_removal_fails(bool pause)
{
	struct watch *w = malloc(sizeof *w), other;
	struct named_timer end = named('e');
	int one[2], two[2], calls = 0, seen = 0, turns = 0;

	if (w == NULL || os_pipe(one) == -1 || os_pipe(two) == -1)
		abort();
	*w = (struct watch){ .fd = one[0], .fn = count, .arg = &calls };
	other = (struct watch){ .fd = two[0], .fn = count, .arg = &seen };
	tap_ok(loop_watch(loop, w, LOOP_IN) == 0 && loop_watch(loop, &other, LOOP_IN) == 0, "loop: removal: two pipes");
#ifdef __linux__
	removal_fails = true;
#endif
	if (pause)
		tap_ok(loop_watch(loop, w, 0) == 0, "loop: removal: one is paused");
	loop_unwatch(loop, w);
#ifdef __linux__
	removal_fails = false;
#endif
	memset(w, 0x5a, sizeof *w);
	free(w);
	if (write(one[1], "x", 1) != 1 || write(two[1], "x", 1) != 1)
		abort();
	loop_turn(loop);
	tap_ok(calls == 0 && seen == 1, "loop: removal: a watch that is gone is not called, the other one is");
	loop_watch(loop, &other, 0);
	arm(&end, clock_mono_ns() + 50 * NS_PER_MS);
	while (called[0] == '\0' && turns < 1000) {
		loop_turn(loop);
		turns++;
	}
	called[0] = '\0';
	loop_disarm(loop, &end.t);
	tap_ok(turns < 10, "loop: removal: it does not keep the loop awake (%d turns)", turns);
	loop_watch(loop, &other, LOOP_IN);
	loop_turn(loop);
	tap_ok(seen == 2, "loop: removal: the other one can be paused and continued");
	loop_unwatch(loop, &other);
	for (int i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
}

int
main(void)
{
	/* Not to fail, but to end a test that would wait forever. */
	struct rlimit cpu = { 60, 60 };

	setrlimit(RLIMIT_CPU, &cpu);
	loop = loop_new();
	tap_ok(loop != NULL, "loop: is created");
	test_timers();
	test_timer_handlers();
	test_fds();
	test_fd_handlers();
	test_file();
	test_many();
	test_removal_fails(false);
	test_removal_fails(true);
	test_signals();
	test_children();
	test_ended_before();
	test_without_pidfd();
	test_stops();
	loop_free(loop);
	return tap_done();
}
