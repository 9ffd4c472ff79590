/*
 * Invariant: no wait here is longer than the caller's patience. The wait is a flock(2) that a timer interrupts, because
 * a process that only tries again and again would lose against those that wait.
 */
#include "queue/sqlite/lock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#include "base/clock.h"
#include "sys/os.h"

enum {
	DEFAULT_MS = 5000,
	LEAST_MS = 500,  /* others have it for milliseconds: even -n waits this long */
	READER_MS = 300, /* of a process that can go on without the lock */
	OWNER_MS = 1000, /* the owner is looked up when it has had the lock for this time */
	AGAIN_NS = 10000000,
};

int64_t
lock_until(const struct db_lock *l)
{
	const struct queue_patience *p = l->patience;
	int64_t since = l->since_mono_ns != 0 ? l->since_mono_ns : clock_mono_ns(), least;

	if (p->deadline_mono_ns == QUEUE_NO_WAIT)
		return 0;
	if (p->only_reads)
		return since + READER_MS * NS_PER_MS;
	least = since + LEAST_MS * NS_PER_MS;
	if (p->deadline_mono_ns == QUEUE_DEFAULT_WAIT)
		return since + DEFAULT_MS * NS_PER_MS;
	return p->deadline_mono_ns > least ? p->deadline_mono_ns : least;
}

static void
ignore(int sig)
{
	(void)sig;
}

/* The timer's signal comes again and again, in case it comes before flock(2) waits. */
static int
start_timer(timer_t timer, int64_t until_mono_ns)
{
	struct itimerspec spec = { .it_interval = { .tv_nsec = AGAIN_NS },
		.it_value = { .tv_sec = until_mono_ns / NS_PER_S, .tv_nsec = until_mono_ns % NS_PER_S } };

	return timer_settime(timer, TIMER_ABSTIME, &spec, NULL);
}

/* flock(2) until that time. -1 with errno. */
static int
wait_for(int fd, timer_t timer, int64_t until_mono_ns)
{
	int result = start_timer(timer, until_mono_ns);

	if (result == -1)
		return -1;
	while ((result = flock(fd, LOCK_EX)) == -1 && errno == EINTR && clock_mono_ns() < until_mono_ns)
		continue;
	if (result == -1 && errno == EINTR)
		errno = EWOULDBLOCK;
	return result;
}

/* Not ITIMER_REAL: an alarm that was set before we were executed must stay. */
static int
wait_with_timer(int fd, int64_t until_mono_ns)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMAX };
	struct sigaction action = { .sa_handler = ignore }, old;
	sigset_t wake, before;
	timer_t timer;
	int result, saved;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1)
		return -1;
	sigemptyset(&wake);
	sigaddset(&wake, SIGRTMAX);
	sigaction(SIGRTMAX, &action, &old);
	sigprocmask(SIG_UNBLOCK, &wake, &before);
	result = wait_for(fd, timer, until_mono_ns);
	saved = errno;
	timer_delete(timer);
	/* A signal that is still pending is delivered before the handler is removed. */
	sigaction(SIGRTMAX, &old, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return result;
}

static int
try_or_wait(struct db_lock *l)
{
	int64_t until, now;
	int result;

	while ((result = flock(l->fd, LOCK_EX | LOCK_NB)) == -1 && errno == EINTR)
		continue;
	if (result == 0 || errno != EWOULDBLOCK)
		return result;
	now = clock_mono_ns();
	if (l->since_mono_ns == 0)
		l->since_mono_ns = now;
	until = lock_until(l);
	errno = EWOULDBLOCK;
	return until > now ? wait_with_timer(l->fd, until) : -1;
}

int
lock_take(struct db_lock *l)
{
	sigset_t stops;
	int saved;

	/* Before the wait, so that no stop arrives between its end and here. */
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stops, &l->before);
	if (try_or_wait(l) == 0) {
		l->since_mono_ns = 0;
		l->taken = true;
		return 0;
	}
	saved = errno;
	sigprocmask(SIG_SETMASK, &l->before, NULL);
	errno = saved;
	return -1;
}

void
lock_drop(struct db_lock *l)
{
	if (!l->taken)
		return;
	l->taken = false;
	flock(l->fd, LOCK_UN);
	sigprocmask(SIG_SETMASK, &l->before, NULL);
}

pid_t
lock_owner(const struct db_lock *l)
{
	bool looks = l->patience->deadline_mono_ns != QUEUE_NO_WAIT ||
	    clock_mono_ns() - l->since_mono_ns >= OWNER_MS * NS_PER_MS;

	return l->since_mono_ns != 0 && looks ? os_flock_owner(l->fd) : 0;
}
