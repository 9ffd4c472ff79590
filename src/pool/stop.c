/*
 * Ending early: signals, --halt, a reader that is gone, a make that died.
 *
 * Invariants: the phase only goes forward. In POOL_NOW every running worker has been sent the signal, and is sent KILL when the grace is over or
 * at a second signal.
 */
#include "pool/pool-private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/os.h"
#include "sys/os-spawn.h"

enum { LAST_WAIT_MS = 500 };

static void
drop_waiting(struct pool *p)
{
	struct task *t;

	while ((t = TAILQ_FIRST(&p->waiting)) != NULL)
		task_drop(t);
}

void
pool_stop_soon(struct pool *p)
{
	if (p->phase != POOL_GOING)
		return;
	p->phase = POOL_SOON;
	drop_waiting(p);
}

static void
kill_all(struct pool *p)
{
	struct task *t, *next;

	p->killed = true;
	TAILQ_FOREACH_SAFE (t, &p->running, entry, next)
		task_kill(t);
}

static void
grace_over(void *arg)
{
	struct pool *p = arg;

	if (p->killed || p->running_count == 0)
		p->give_up = true;
	kill_all(p);
	/* What was captured has this much more time to get out to a reader that does not read. */
	loop_arm(p->loop, &p->grace, clock_mono_ns() + LAST_WAIT_MS * NS_PER_MS);
}

void
pool_prepare_stop(struct pool *p)
{
	p->grace = (struct timer){ .fn = grace_over, .arg = p };
}

void
pool_stop_now(struct pool *p, enum job_end why, int sig)
{
	struct task *t, *next;

	pool_stop_soon(p);
	if (p->phase == POOL_NOW)
		return;
	p->phase = POOL_NOW;
	TAILQ_FOREACH_SAFE (t, &p->running, entry, next)
		task_end_by(t, why, sig);
	if (why == JOB_INTERRUPTED)
		loop_arm(p->loop, &p->grace, clock_mono_ns() + p->options->grace_ns);
}

static void
interrupted(struct pool *p, int sig)
{
	bool again = p->signal != 0;

	if (again) {
		kill_all(p);
		p->give_up = true;
		return;
	}
	p->signal = sig;
	/* A core of qpool or of the workers is what nobody wants from a run that was broken off. */
	if (p->phase == POOL_NOW) {
		loop_arm(p->loop, &p->grace, clock_mono_ns() + p->options->grace_ns);
		return;
	}
	pool_stop_now(p, JOB_INTERRUPTED, sig == SIGQUIT ? SIGTERM : sig);
}

void
pool_shift_deadlines(struct pool *p, int64_t by_ns)
{
	struct task *t;

	TAILQ_FOREACH (t, &p->running, entry)
		if (t->deadline.armed)
			loop_arm(p->loop, &t->deadline, t->deadline.at_mono_ns + by_ns);
}

static void
signal_all(struct pool *p, int sig)
{
	struct task *t;

	TAILQ_FOREACH (t, &p->running, entry)
		worker_signal(t->job.pid, sig);
}

/* Stops the workers, then itself as the terminal asked; goes on from here when it is continued. */
static void
stop_self(struct pool *p)
{
	int64_t before = clock_mono_ns();

	if (p->parts->progress != NULL)
		progress_clear(p->parts->progress);
	signal_all(p, SIGTSTP);
	loop_signal_default(p->loop, SIGTSTP);
	raise(SIGTSTP);
	loop_signal_again(p->loop, SIGTSTP);
	signal_all(p, SIGCONT);
	pool_shift_deadlines(p, clock_mono_ns() - before);
	report_dirty(p);
}

static void
change_slots(struct pool *p, int by)
{
	if (p->slots == 0 && by > 0)
		return; /* as many as tasks, or tokens, already */
	if (p->slots == 0)
		p->slots = p->running_count > 1 ? p->running_count : 1;
	/* Down to none, which pauses; 0 in p->slots would mean no bound, so "none" is kept apart. */
	if (by > 0 && p->slots_off > 0)
		p->slots_off = 0;
	else if (by > 0)
		p->slots++;
	else if (p->slots > 1)
		p->slots--;
	else
		p->slots_off = 1;
	if (p->parts->serves)
		server_set_budget(&p->server, p->slots_off ? 0 : p->slots);
	if (p->parts->queue != NULL)
		pool_queue_resized(p);
	report_dirty(p);
}

static void
on_signal(void *arg, int sig, bool sent)
{
	struct pool *p = arg;

	(void)sent;
	switch (sig) {
	case SIGINT:
	case SIGTERM:
	case SIGHUP:
	case SIGQUIT: interrupted(p, sig); break;
	case SIGTSTP: stop_self(p); break;
	case SIGCONT: signal_all(p, SIGCONT); break;
	case SIGUSR1: change_slots(p, 1); break;
	case SIGUSR2: change_slots(p, -1); break;
	case SIGWINCH:
		if (p->parts->progress != NULL)
			progress_resized(p->parts->progress);
		break;
	default: /* SIGPIPE is told by write(2) */ break;
	}
}

static void
on_stop(void *arg, pid_t pid, int sig)
{
	struct pool *p = arg;
	struct task *t;

	TAILQ_FOREACH (t, &p->running, entry)
		if (t->job.pid == pid)
			task_stopped(t, sig);
}

int
pool_take_signals(struct pool *p)
{
	static const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	static const int always[] = { SIGCONT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE, SIGCHLD };
	int sigs[sizeof wanted / sizeof wanted[0] + sizeof always / sizeof always[0]];
	size_t n = 0;
	sigset_t none;

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		/* One that we were started to ignore, by nohup(1) or a shell's `&`, stays ignored. */
		if (!os_is_ignored(wanted[i]))
			sigs[n++] = wanted[i];
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
		/* Ignored SIGCHLD would reap our workers behind our back: wait(2). */
		signal(always[i], SIG_DFL);
		sigs[n++] = always[i];
	}
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return -1;
	loop_watch_stops(p->loop, on_stop, p);
	return loop_signals(p->loop, sigs, n, on_signal, p);
}

static void
make_died(void *arg, unsigned events)
{
	struct pool *p = arg;

	(void)events;
	loop_unwatch(p->loop, &p->make_watch);
	interrupted(p, SIGTERM);
}

/*
 * A make that is killed outright leaves its recipe's shell alive, and that us: so it is watched. TERM it passes on itself, INT and HUP sent to it
 * alone it waits out (seen with GNU make 4.3).
 */
int
pool_watch_make(struct pool *p)
{
	pid_t pid;
	int fd;

	p->make_watch.fd = -1;
	if (getenv("MAKELEVEL") == NULL)
		return 0;
	pid = os_make_ancestor();
	fd = pid > 0 ? os_pidfd(pid) : -1;
	if (fd == -1)
		return 0;
	p->make_watch = (struct watch){ .fd = fd, .fn = make_died, .arg = p };
	return loop_watch(p->loop, &p->make_watch, LOOP_IN);
}
