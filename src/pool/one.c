/*
 * Invariants: the command is reaped before what pays for it is released. A signal from the terminal reaches the command
 * too, since it is in our process group, and is not sent again; a signal from a process is passed on.
 */
#include "pool/one.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "pool/escapes.h"
#include "worker/keeper.h"
#include "sys/loop.h"
#include "sys/os.h"
#include "sys/os-spawn.h"
#include "job/outcome.h"
#include "jobserver/payer.h"
#include "worker/worker.h"

enum { THE_SLOT = 1 };

struct one {
	const struct one_parts *parts;
	struct loop *loop;
	struct keeper *keeper;
	struct worker_kit kit;
	struct payer payer;
	struct served served; /* server NULL: none */
	struct escapes escapes;
	struct one_result *result;
	struct child child;
	struct job job;
	struct timer now;        /* ends a turn at once */
	struct watch make_watch; /* fd -1: none */
	enum payment payment;
	unsigned slots;
	bool running, ended;
	int signal; /* came before the command was started; 0 */
};

static bool
look_for_escapes(void *arg)
{
	struct one *o = arg;

	if (escapes_find(o->job.pid, o->result->escaped, sizeof o->result->escaped))
		escapes_end(&o->escapes);
	return o->running && !o->ended;
}

static void
process_ended(void *arg)
{
	struct one *o = arg;

	loop_unwatch_child(o->loop, &o->child);
	escapes_end(&o->escapes);
	o->ended = true;
}

static void
change_slots(struct one *o, int by)
{
	/* The command itself uses one. */
	if (by < 0 && o->slots == 1)
		return;
	o->slots = by > 0 ? o->slots + 1 : o->slots - 1;
	payer_set_budget(&o->payer, o->slots);
}

static void
on_signal(void *arg, int sig, bool sent)
{
	struct one *o = arg;

	switch (sig) {
	case SIGUSR1:
	case SIGUSR2:
		if (o->parts->serves)
			change_slots(o, sig == SIGUSR1 ? 1 : -1);
		else if (o->running && !o->ended)
			kill(o->job.pid, sig);
		break;
	case SIGINT:
	case SIGQUIT:
	case SIGHUP:
	case SIGTERM:
		if (!o->running)
			o->signal = sig;
		else if (sent && !o->ended)
			kill(o->job.pid, sig);
		break;
	default: break;
	}
}

/*
 * The command ignores the signals that we were started to ignore, by nohup(1) for example; but SIGXFSZ only we ignore.
 */
static int
take_signals(struct one *o, sigset_t *ignored)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	int sigs[8] = { SIGUSR1, SIGUSR2, SIGCHLD }, n = 3;
	sigset_t pending;

	sigemptyset(ignored);
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGXFSZ && sig != SIGCHLD && os_is_ignored(sig))
			sigaddset(ignored, sig);
	for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
		if (!os_is_ignored(ending[i]))
			sigs[n++] = ending[i];
	/* Ignored SIGCHLD would make the kernel reap the command: wait(2). */
	signal(SIGCHLD, SIG_DFL);
	/* The loop reads a signal that came already and was blocked. */
	sigemptyset(&pending);
	for (int i = 0; i < n; i++)
		sigaddset(&pending, sigs[i]);
	if (sigprocmask(SIG_SETMASK, &pending, NULL) == -1)
		return -1;
	return loop_signals(o->loop, sigs, (size_t)n, on_signal, o);
}

static void
make_died(void *arg, unsigned events)
{
	struct one *o = arg;

	(void)events;
	loop_unwatch(o->loop, &o->make_watch);
	on_signal(o, SIGTERM, true);
}

/* As watch_make in stop.c. */
static int
watch_make(struct one *o)
{
	pid_t make = getenv("MAKELEVEL") == NULL ? 0 : os_make_ancestor();

	o->make_watch = (struct watch){ .fd = make > 0 ? os_pidfd(make) : -1, .fn = make_died, .arg = o };
	return o->make_watch.fd == -1 ? 0 : loop_watch(o->loop, &o->make_watch, LOOP_IN);
}

static int
start_keeper(struct one *o)
{
	struct keeper_charge charge = payer_charge(&o->payer);

	o->keeper = keeper_start(o->parts->options->grace_ns, &charge);
	return o->keeper == NULL ? -1 : 0;
}

static int
begin(struct one *o)
{
	const struct one_parts *parts = o->parts;
	sigset_t ignored;

	o->slots = o->parts->slots;
	o->make_watch.fd = -1;
	o->loop = loop_new();
	if (o->loop == NULL || take_signals(o, &ignored) == -1 || watch_make(o) == -1)
		return -1;
	if (payer_begin(&o->payer, o->loop, parts->jobserver, parts->serves, parts->options->style, o->slots) == -1 ||
	    start_keeper(o) == -1 ||
	    worker_kit_init(
		&o->kit, 1, parts->progress_to, parts->worker_makeflags, payer_environment_size(&o->payer), NULL) == -1)
		return -1;
	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(&ignored, sig) == 1)
			sigdelset(&o->kit.changed, sig);
	return 0;
}

/* Waits until something pays for the command, or a signal comes. -1 with errno. */
static int
pay(struct one *o)
{
	for (;;) {
		o->payment = payer_acquire(&o->payer, clock_mono_ns());
		if (o->payment != PAYMENT_NONE || o->signal != 0)
			return payer_update(&o->payer, false, clock_mono_ns());
		if (payer_update(&o->payer, true, clock_mono_ns()) == -1 || loop_turn(o->loop) == -1)
			return -1;
	}
}

/* A signal that came until now ends this process, since the command does not exist yet. */
static void
take_pending_signals(struct one *o)
{
	loop_arm(o->loop, &o->now, clock_mono_ns());
	if (loop_turn(o->loop) == -1)
		return; /* the next turn fails too, and reports it */
}

/* 0; -1 with errno. If exec(2) failed, *status is the exit status for that. */
static int
start(struct one *o, int *status)
{
	struct worker_place place = { .out = -1,
		.err = -1,
		.progress = -1,
		.jobserver = { { -1, -1 }, { -1, -1 } },
		.foreground = true,
		.note = keeper_note(o->keeper, THE_SLOT) };
	bool exec_failed;

	if (payer_open_served(&o->payer, &o->served, &place) == -1)
		return -1;
	/* It gets all tokens at once, before it first asks. */
	payer_update(&o->payer, false, clock_mono_ns());
	take_pending_signals(o);
	if (o->signal != 0)
		return 0;
	o->job = (struct job){ .seq = 1,
		.slot = THE_SLOT,
		.command = { .argv = (char **)o->parts->options->words, .argc = o->parts->options->word_count } };
	o->job.pid = worker_start(&o->kit, &o->job, o->parts->program, &place, &exec_failed);
	if (o->job.pid == -1 && exec_failed)
		*status = outcome_exec_status(errno);
	if (o->job.pid == -1)
		return -1;
	o->running = true;
	if (o->served.server != NULL) {
		served_started(&o->served);
		escapes_begin(&o->escapes, o->loop, look_for_escapes, o);
		escapes_started(&o->escapes);
	}
	o->child = (struct child){ .pid = o->job.pid, .fn = process_ended, .arg = o };
	loop_watch_child(o->loop, &o->child);
	return 0;
}

/*
 * Waits until the command has ended. After an error of the loop it tries again, since the command must not be left
 * alone.
 */
static void
await_command(struct one *o)
{
	while (!o->ended) {
		payer_update(&o->payer, false, clock_mono_ns());
		if (loop_turn(o->loop) == -1 && worker_ended(o->job.pid))
			process_ended(o);
	}
	*keeper_note(o->keeper, THE_SLOT) = 0;
	/* If another wait(2) of this process took its status, how it ended is unknown, which counts as a failure. */
	if (worker_reap(o->job.pid, &o->job) == -1)
		o->job.wstatus = SIGKILL;
}

static void
release(struct one *o, struct one_result *result)
{
	result->missing_tokens = payer_close_served(&o->payer, &o->served);
	if (payer_release(&o->payer, o->payment, clock_mono_ns()) == -1)
		result->token_errno = errno;
}

static void
clean_up(struct one *o, struct one_result *result)
{
	if (o->keeper != NULL) {
		release(o, result);
		keeper_stop(o->keeper);
	}
	payer_end(&o->payer);
	if (o->make_watch.fd != -1) {
		loop_unwatch(o->loop, &o->make_watch);
		close(o->make_watch.fd);
	}
	if (o->loop != NULL)
		loop_free(o->loop);
	worker_kit_free(&o->kit);
}

int
one_run(const struct one_parts *parts, struct one_result *result)
{
	struct one o = { .parts = parts, .result = result, .payment = PAYMENT_NONE };
	int saved;

	*result = (struct one_result){ 0 };
	if (begin(&o) == -1 || pay(&o) == -1 || (o.signal == 0 && start(&o, &result->status) == -1)) {
		saved = errno;
		clean_up(&o, result);
		errno = saved;
		return -1;
	}
	if (o.running)
		await_command(&o);
	clean_up(&o, result);
	result->signal = o.running ? outcome_signal(&o.job) : o.signal;
	result->status = outcome_status(&o.job);
	result->user_us = o.job.user_us;
	result->sys_us = o.job.sys_us;
	return 0;
}
