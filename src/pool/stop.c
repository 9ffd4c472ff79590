/*
 * Invariant: signals are handled in the loop, never in a signal handler; what they do to the run, the scheduler does.
 */
#include "pool/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "pool/report.h"
#include "pool/scheduler.h"
#include "pool/scheduler-signals.h"
#include "sys/os.h"
#include "sys/os-spawn.h"

/* Stops the workers, then this process as the terminal asked; continues here when it is continued. */
static void
stop_self(struct scheduler *s)
{
	int64_t before = clock_mono_ns();

	report_clear_display(s->report);
	scheduler_signal_all(s, SIGTSTP);
	loop_signal_default(s->loop, SIGTSTP);
	raise(SIGTSTP);
	loop_signal_again(s->loop, SIGTSTP);
	scheduler_signal_all(s, SIGCONT);
	scheduler_shift(s, clock_mono_ns() - before);
	report_changed(s->report);
}

static void
on_signal(void *arg, int sig, bool sent)
{
	struct scheduler *s = arg;

	(void)sent;
	switch (sig) {
	case SIGINT:
	case SIGTERM:
	case SIGHUP:
	case SIGQUIT: scheduler_signalled(s, sig); break;
	case SIGTSTP: stop_self(s); break;
	case SIGCONT: scheduler_signal_all(s, SIGCONT); break;
	case SIGUSR1: scheduler_resize(s, true); break;
	case SIGUSR2: scheduler_resize(s, false); break;
	case SIGWINCH: report_resized(s->report); break;
	default: /* SIGPIPE: write(2) fails too */ break;
	}
}

static void
on_stop(void *arg, pid_t pid, int sig)
{
	scheduler_stopped(arg, pid, sig);
}

static int
take_signals(struct scheduler *s)
{
	static const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	static const int always[] = { SIGCONT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE, SIGCHLD };
	int sigs[sizeof wanted / sizeof wanted[0] + sizeof always / sizeof always[0]];
	size_t n = 0;
	sigset_t none;

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		/* A signal that we were started to ignore, by nohup(1) or a shell's `&`, stays ignored. */
		if (!os_is_ignored(wanted[i]))
			sigs[n++] = wanted[i];
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
		/* Ignored SIGCHLD would make the kernel reap our workers: wait(2). */
		signal(always[i], SIG_DFL);
		sigs[n++] = always[i];
	}
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return -1;
	loop_watch_stops(s->loop, on_stop, s);
	return loop_signals(s->loop, sigs, n, on_signal, s);
}

static void
make_died(void *arg, unsigned events)
{
	struct stop *x = arg;

	(void)events;
	loop_unwatch(x->scheduler->loop, &x->make_watch);
	scheduler_signalled(x->scheduler, SIGTERM);
}

/*
 * A make that is killed outright leaves its recipe's shell alive, and with it this process: so the make is watched. It
 * passes TERM on itself; INT and HUP sent to it alone it waits out (seen with GNU make 4.3).
 */
static int
watch_make(struct stop *x)
{
	pid_t pid = getenv("MAKELEVEL") == NULL ? 0 : os_make_ancestor();
	int fd = pid > 0 ? os_pidfd(pid) : -1;

	x->make_watch = (struct watch){ .fd = fd, .fn = make_died, .arg = x };
	return fd == -1 ? 0 : loop_watch(x->scheduler->loop, &x->make_watch, LOOP_IN);
}

int
stop_begin(struct stop *x, struct scheduler *s)
{
	x->scheduler = s;
	x->make_watch.fd = -1;
	return take_signals(s) == -1 ? -1 : watch_make(x);
}

void
stop_end(struct stop *x)
{
	if (x->scheduler == NULL || x->make_watch.fd == -1)
		return;
	loop_unwatch(x->scheduler->loop, &x->make_watch);
	close(x->make_watch.fd);
}
